import { isProviderKeyName } from '../../../shared/models/entries/provider-key-name.ts'
import { validateMap } from '../../../shared/models/entries/validate-map.ts'
import { findPreset, presetNames } from '../../../shared/protocol/provider-presets.ts'
import type { JsonObject } from '../../../shared/runtime/json.ts'
import { readVariables, type Variables } from '../../variables/read-variables.ts'
import type { FunctionSettings } from './cloudbaserc.ts'
import { readEntries } from './model-map-file.ts'
import { readsModelTable } from './uses-mysql.ts'

/** The key of one model or of several. */
export interface ModelKey {
  /** The variable that the entry names, or those of its preset, of which one is enough. Empty if the entry needs no
   *  key. */
  readonly variables: readonly string[]
  /** Whether the models are left out if none of the variables is set. */
  readonly isNeeded: boolean
}

/** The keys of all models. */
export interface ModelKeys {
  /** The keys of the entries of `model_map.json`, each once. */
  readonly keys: readonly ModelKey[]
  /** Whether models may come from another source as well: a table. */
  readonly hasOtherSource: boolean
  /** The variables of `.env` that may hold keys of models in a table. Empty if no table is read. */
  readonly tableVariables: readonly string[]
}

/** Reads the keys that `model_map.json` and a table may need. The table itself is not read: its rows change without a
 *  deployment. @throws DeploymentError if the file is missing or not a JSON object */
export const readModelKeys = (folder: string, variables: Variables): ModelKeys => {
  const keys = [...readEntries(folder).values()].flatMap((entry) => findModelKey(entry, variables['CLOUDBASE_ENV_ID']))
  const distinct = new Map(keys.map((key) => [JSON.stringify(key), key]))
  const hasOtherSource = readsModelTable(variables)
  const tableVariables = hasOtherSource ? Object.keys(readVariables(folder, {})).filter(isKeyName) : []
  return { keys: [...distinct.values()], hasOtherSource, tableVariables }
}

/** Whether a row of the table may read a key from a variable: by its own choice, or by a preset's. */
const isKeyName = (name: string): boolean =>
  isProviderKeyName(name) || presetNames.some((preset) => findPreset(preset)?.keyVariables.includes(name))

/** Returns the variables that may hold keys of models, each once. */
export const getKeyVariables = ({ keys, tableVariables }: ModelKeys): string[] => [
  ...new Set([...keys.flatMap((key) => key.variables), ...tableVariables]),
]

/** The functions that read no model map, by the names of their folders. */
export const foldersWithoutModels: readonly string[] = ['usage', 'usage-flush', 'wallet', 'keys', 'ticket']

/** Returns the settings with the keys of the models that are set. Each function that reads the model map gets those that
 *  `cloudbaserc.json` does not pass on. */
export const withModelKeys = (
  settings: readonly FunctionSettings[],
  modelKeys: ModelKeys,
  variables: Variables,
): FunctionSettings[] => {
  const keys = getKeyVariables(modelKeys).flatMap((name) => (variables[name] ? [[name, variables[name].trim()]] : []))
  return settings.map((row) =>
    foldersWithoutModels.some((folder) => row.name === `llm-${folder}`)
      ? row
      : { ...row, envVariables: { ...Object.fromEntries(keys), ...row.envVariables } },
  )
}

/** Returns the keys that are needed and not set. */
export const findMissingKeys = ({ keys }: ModelKeys, variables: Variables): ModelKey[] =>
  keys.filter((key) => key.isNeeded && !key.variables.some((name) => variables[name]))

/** Whether no model can be used: each needs a key, no key is set, and there is no other source of models. */
export const hasNoKey = (modelKeys: ModelKeys, variables: Variables): boolean =>
  modelKeys.keys.length > 0 &&
  findMissingKeys(modelKeys, variables).length === modelKeys.keys.length &&
  !modelKeys.hasOtherSource

/** Finds the key of an entry: validates it as the gateway does, without keys, and collects the variables that the
 *  validation reads. Empty for an entry that is rejected for another reason. */
export const findModelKey = (entry: JsonObject, envId: string | undefined): ModelKey[] => {
  const names: string[] = []
  const variable = (name: string): string | undefined => {
    if (name === 'CLOUDBASE_ENV_ID') return envId
    names.push(name)
    return undefined
  }
  const options = { variable, allowPrivate: true }
  const isNeeded = validateMap(new Map([['model', entry]]), options).rejected.length > 0
  return isNeeded && names.length === 0 ? [] : [{ variables: names, isNeeded }]
}
