import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toPrintableName } from '../../shared/models/entries/model-name.ts'
import { type Entries, validateMap } from '../../shared/models/entries/validate-map.ts'
import { type JsonObject, parseJson } from '../../shared/runtime/json.ts'
import { findModelKey } from '../cloud/settings/model-keys.ts'
import { getLanguage } from '../language.ts'
import { readText } from '../variables/read-text.ts'
import type { Variables } from '../variables/read-variables.ts'
import { formatChange, toTableRow } from './difference.ts'
import { modelsMessages } from './messages.ts'
import { listEntries, readMapObject, writeMapEntry } from './model-map.ts'

/** The things that `npm run models -- create` works with, whether it writes to a file or to the table. */
export interface CreateTools {
  /** The fields of the new entry. */
  readonly fields: JsonObject
  readonly allowPrivate: boolean
  readonly variables: Variables
  readonly print: (line: string) => void
  readonly confirm: (question: string) => Promise<boolean>
}

/** A model map to which an entry is added. */
export interface Destination {
  /** As messages name it. */
  readonly name: string
  /** The entries that it holds, switched on or not. */
  readonly entries: Entries
  readonly write: () => Promise<void>
  /** What to do so that gateways use the entry. */
  readonly next: readonly string[]
}

/** Adds a model to a map, after the gateway's own validation and the user's consent, and says where its key goes. Resolves
 *  with whether it was written. */
export const createModel = async (model: string, tools: CreateTools, map: Destination): Promise<boolean> => {
  const { fields, variables, print, confirm } = tools
  const messages = modelsMessages[getLanguage(variables)]
  const known = [...map.entries.keys()].find((name) => name.toLowerCase() === model.toLowerCase())
  const problems = known === undefined ? findProblems(model, tools, map.entries) : [messages.exists(known, map.name)]
  for (const problem of problems) print(`! ${problem}`)
  if (problems.length > 0) return false
  for (const line of formatChange({ row: toTableRow(model, fields), before: undefined, columns: Object.keys(fields) }))
    print(line)
  if (!(await confirm(messages.writeTo(map.name)))) return false
  await map.write()
  print(messages.written(map.name))
  for (const line of [describeKey(fields, variables), ...map.next]) print(line)
  return true
}

/** Finds why the gateway could not use a new entry or a part of it. Keys count as set. */
export const findProblems = (
  model: string,
  { fields, allowPrivate, variables }: Pick<CreateTools, 'fields' | 'allowPrivate' | 'variables'>,
  others: Entries,
): string[] => {
  const variable = (name: string): string | undefined => (name === 'CLOUDBASE_ENV_ID' ? variables[name] : 'set')
  const { rejected, problems } = validateMap(new Map([...others, [model, fields]]), { variable, allowPrivate })
  const name = toPrintableName(model)
  return [...rejected, ...problems].filter((row) => row.model === name).map(({ reason }) => reason)
}

/** Says which variable holds the key of an entry, and whether it is set on this machine. */
const describeKey = (fields: JsonObject, variables: Variables): string => {
  const messages = modelsMessages[getLanguage(variables)]
  const [key] = findModelKey(fields, variables['CLOUDBASE_ENV_ID'])
  const [first, ...others] = key?.variables ?? []
  if (first === undefined) return messages.noKey
  const set = key?.variables.find((name) => variables[name])
  return set === undefined ? messages.keyGoes(first, others) : messages.keyIsSet(set)
}

/** Opens a model map file. A file that does not exist is created.
 *  @throws TypeError if it holds no JSON object */
export const openMapFile = (path: string, model: string, { fields, variables }: CreateTools): Destination => {
  const messages = modelsMessages[getLanguage(variables)]
  const map = readMapObject(path, variables)
  const listPath = join(dirname(path), 'model_list.json')
  const list = existsSync(listPath) ? parseJson(readText(listPath)) : undefined
  const isLeftOut = Array.isArray(list) && list.length > 0 && !list.includes(model)
  return {
    name: path,
    entries: listEntries(map),
    write: async () => writeMapEntry(path, model, fields, variables),
    next: [...(isLeftOut ? [messages.notListed(listPath, model)] : []), messages.nextOfFile],
  }
}
