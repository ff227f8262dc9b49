import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isSet } from '../variables/read-variables.ts'

/** The files that a deployment packs and names to its functions (`cloudbaserc.json`). */
const modelFiles = { MODEL_PROVIDER_MAP_FILE: 'model_map.json', MODEL_LIST_FILE: 'model_list.json' } as const

/** Adds the model map and model list of a folder, as a deployment does, unless a variable names others. */
export const addModelFiles = (environment: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv => {
  const added = Object.entries(modelFiles).filter(
    ([variable, file]) =>
      !isSet(environment[variable]) &&
      !isSet(environment[variable.replace('_FILE', '')]) &&
      existsSync(join(folder, file)),
  )
  return { ...environment, ...Object.fromEntries(added) }
}
