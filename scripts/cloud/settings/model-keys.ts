import { join } from 'node:path'
import { type Entries, validateMap } from '../../../shared/models/entries/validate-map.ts'
import { loadLocalMap } from '../../../shared/models/sources/local-source.ts'
import { isObject, type JsonObject, parseJson } from '../../../shared/runtime/json.ts'
import { readText } from '../../variables/read-text.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import { readsModelTable } from './uses-mysql.ts'

/** Where the key of one model, or of several, may stand. */
export interface ModelKey {
  /** The variable that the entry names, or its preset's, of which any one is enough; none where the entry asks for none. */
  readonly variables: readonly string[]
  /** Whether the models are left out where none is set. */
  readonly isNeeded: boolean
}

/** Where the models' keys come from. */
export interface ModelKeys {
  /** The keys of the entries of `model_map.json`, each once. */
  readonly keys: readonly ModelKey[]
  /** Whether models may come from elsewhere as well: a table. */
  readonly hasOtherSource: boolean
}

/** Reads which keys `model_map.json` asks for. @throws DeploymentError when the file is missing or no JSON object */
export const readModelKeys = (folder: string, variables: Variables): ModelKeys => {
  const keys = [...readEntries(folder).values()].flatMap((entry) => findModelKey(entry, variables['CLOUDBASE_ENV_ID']))
  const distinct = new Map(keys.map((key) => [JSON.stringify(key), key]))
  return { keys: [...distinct.values()], hasOtherSource: readsModelTable(variables) }
}

/** The variables in which keys of models may stand, each once. */
export const getKeyVariables = ({ keys }: ModelKeys): string[] => [...new Set(keys.flatMap((key) => key.variables))]

/** The keys that are needed and not set. */
export const findMissingKeys = ({ keys }: ModelKeys, variables: Variables): ModelKey[] =>
  keys.filter((key) => key.isNeeded && !key.variables.some((name) => variables[name]))

/** Whether no model can be left: each needs a key, none of them is set, and no models come from elsewhere. */
export const hasNoKey = (modelKeys: ModelKeys, variables: Variables): boolean =>
  modelKeys.keys.length > 0 &&
  findMissingKeys(modelKeys, variables).length === modelKeys.keys.length &&
  !modelKeys.hasOtherSource

/** The key of an entry, found out by letting the gateway judge it where no key is set: the variables that it looks at then, and
 *  whether it does without. None for an entry that it refuses for another reason. */
const findModelKey = (entry: JsonObject, envId: string | undefined): ModelKey[] => {
  const asked: string[] = []
  const variable = (name: string): string | undefined => {
    if (name === 'CLOUDBASE_ENV_ID') return envId
    asked.push(name)
    return undefined
  }
  const options = { variable, allowPrivate: true }
  const isNeeded = validateMap(new Map([['model', entry]]), options).rejected.length > 0
  return isNeeded && asked.length === 0 ? [] : [{ variables: asked, isNeeded }]
}

/** The entries that are switched on. */
const readEntries = (folder: string): Entries => {
  let text = ''
  try {
    text = readText(join(folder, 'model_map.json'))
  } catch {
    throw new DeploymentError('There is no model_map.json here. Run this from the folder of the gateway.')
  }
  if (!isObject(parseJson(text))) throw new DeploymentError('model_map.json is not a JSON object. Correct its syntax.')
  return loadLocalMap({ map: text, mapFile: undefined, list: undefined, listFile: undefined, log: () => {} }).entries
}
