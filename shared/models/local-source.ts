import { readFileSync, statSync } from 'node:fs'
import { isObject, parseJson } from '../protocol/json.ts'
import type { Log, LogEvent } from '../protocol/log.ts'
import { parseModelList } from './model-list.ts'
import type { NamedFields } from './model-map.ts'
import type { LoadedMap, MapSource } from './source.ts'

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

/** The model map of files and environment. Its stamp tells when a file was written, so that an edit reaches every process of
 *  this machine by itself. */
export const localSource = (options: LocalSourceOptions): MapSource => {
  const stamp = (): Promise<string> => Promise.resolve([options.mapFile, options.listFile].map(writtenAt).join(' '))
  return { name: 'local', stamp, read: () => Promise.resolve(loadLocalMap(options)), publish: stamp }
}

const writtenAt = (path: string | undefined): string => {
  const status = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })
  return status ? `${status.mtimeMs}/${status.size}` : '-'
}

/** Reads the model map from files and environment. A file wins over its variable if it holds anything usable; a file that is
 *  missing or broken is named in the log and the variable counts, as in the original. */
export const loadLocalMap = (options: LocalSourceOptions): LoadedMap => {
  const problems: string[] = []
  const report: Report = (event, fields) => {
    options.log('warn', event, fields)
    problems.push(fields.help)
  }
  const map = entriesOf(readJsonFile('MODEL_PROVIDER_MAP_FILE', options.mapFile, report))
  const list = readJsonFile('MODEL_LIST_FILE', options.listFile, report)
  return {
    source: 'local',
    entries: map ?? entriesOf(parseVariable('MODEL_PROVIDER_MAP', options.map, report)) ?? [],
    rejected: [],
    list: Array.isArray(list) ? list.map(String) : parseModelList(options.list),
    doubt: problems[0],
  }
}

type Report = (
  event: LogEvent,
  fields: { readonly variable: string; readonly path?: string; readonly help: string },
) => undefined

/** The map's usable entries, those whose value is an object, without those switched off; undefined when there is none. */
const entriesOf = (value: unknown): NamedFields[] | undefined => {
  if (!isObject(value)) return undefined
  const entries = Object.entries(value).flatMap(([model, fields]): NamedFields[] =>
    isObject(fields) ? [[model, fields]] : [],
  )
  return entries.length > 0 ? entries.filter(([, { enabled }]) => isEnabled(enabled)) : undefined
}

const isEnabled = (enabled: unknown): boolean => !/^(0|false)$/i.test(String(enabled ?? true))

const readJsonFile = (variable: string, path: string | undefined, report: Report): unknown => {
  if (path === undefined) return undefined
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    const help = `${variable} names a file that cannot be read. Put it there or correct the path.`
    return report('model_file_unreadable', { variable, path, help })
  }
  return parsed(text, variable, report)
}

const parseVariable = (variable: string, text: string | undefined, report: Report): unknown =>
  text?.trim() ? parsed(text, variable, report) : undefined

const parsed = (text: string, variable: string, report: Report): unknown => {
  const value = parseJson(text)
  if (value !== undefined) return value
  return report('model_json_invalid', { variable, help: `${variable} is not valid JSON. Correct its syntax.` })
}
