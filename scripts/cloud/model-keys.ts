import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, type JsonObject, parseJson } from '../../shared/protocol/json.ts'
import { DeploymentError } from './deployment-error.ts'
import { readsModelTable } from './sql-files.ts'
import type { Variables } from './variables.ts'

/** Where the models' keys come from. */
export interface ModelKeys {
  /** Variables that `model_map.json` names, each once. */
  readonly variables: readonly string[]
  /** Whether models may come from elsewhere as well: a table. */
  readonly elsewhere: boolean
}

/** Reads the key variables of `model_map.json`. @throws DeploymentError when the file is missing or no JSON object */
export const readModelKeys = (folder: string, variables: Variables): ModelKeys => {
  const entries = Object.values(readMap(folder)).filter(isObject)
  const names = entries.map(({ api_key_env: name }) => name).filter((name) => typeof name === 'string' && name !== '')
  return { variables: [...new Set(names as string[])], elsewhere: readsModelTable(variables) }
}

/** Whether no model can be left: the map names keys, none of them is set, and no models come from elsewhere. */
export const isWithoutKeys = ({ variables: names, elsewhere }: ModelKeys, variables: Variables): boolean =>
  names.length > 0 && names.every((name) => !variables[name]) && !elsewhere

const readMap = (folder: string): JsonObject => {
  let text = ''
  try {
    text = readFileSync(join(folder, 'model_map.json'), 'utf8')
  } catch {
    throw new DeploymentError('There is no model_map.json here. Run this from the folder of the gateway.')
  }
  const map = parseJson(text)
  if (isObject(map)) return map
  throw new DeploymentError('model_map.json is not a JSON object. Correct its syntax.')
}
