import { readFileSync } from 'node:fs'
import { isObject, type JsonObject, parseJson } from '../protocol/json.ts'
import type { Log } from '../protocol/log.ts'
import { parseModelList } from './model-list.ts'

export interface LocalSourceOptions {
  /** Text of `MODEL_PROVIDER_MAP`. */
  readonly map: string | undefined
  /** Path of a JSON file with the model map; relative to the working directory. */
  readonly mapFile: string | undefined
  /** Text of `MODEL_LIST`. */
  readonly list: string | undefined
  /** Path of a JSON file with the array of model names. */
  readonly listFile: string | undefined
  readonly log: Log
}

/** A model map and model list as their source spells them, not yet validated. */
export interface LoadedMap {
  readonly source: 'local'
  readonly map: JsonObject
  /** Names to offer; undefined: the map's own. */
  readonly list: readonly string[] | undefined
}

/** Reads the model map from files and environment. A file wins over its variable if it holds anything usable; a file that is
 *  missing or broken is named in the log and the variable counts, as in the original. */
export const loadLocalMap = (options: LocalSourceOptions): LoadedMap => {
  const { log } = options
  const map = entriesOf(readJsonFile('MODEL_PROVIDER_MAP_FILE', options.mapFile, log))
  const list = readJsonFile('MODEL_LIST_FILE', options.listFile, log)
  return {
    source: 'local',
    map: map ?? entriesOf(parseVariable('MODEL_PROVIDER_MAP', options.map, log)) ?? {},
    list: Array.isArray(list) ? list.map(String) : parseModelList(options.list),
  }
}

/** The map's usable entries, those whose value is an object; undefined when there is none. */
const entriesOf = (value: unknown): JsonObject | undefined => {
  if (!isObject(value)) return undefined
  const entries = Object.entries(value).filter(([, entry]) => isObject(entry))
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

const readJsonFile = (variable: string, path: string | undefined, log: Log): unknown => {
  if (path === undefined) return undefined
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    log('warn', 'model_file_unreadable', {
      variable,
      path,
      help: `${variable} names a file that cannot be read. Put it there or correct the path.`,
    })
    return undefined
  }
  return parsed(text, { variable, path }, log)
}

const parseVariable = (variable: string, text: string | undefined, log: Log): unknown =>
  text?.trim() ? parsed(text, { variable }, log) : undefined

const parsed = (text: string, where: { variable: string; path?: string }, log: Log): unknown => {
  const value = parseJson(text)
  if (value === undefined)
    log('warn', 'model_json_invalid', { ...where, help: `${where.variable} is not valid JSON. Correct its syntax.` })
  return value
}
