import { readFileSync, statSync } from 'node:fs'
import { isObject, type JsonObject } from '../protocol/json.ts'
import type { Log, LogEvent, LogFields } from '../protocol/log.ts'
import { contentVersion } from './content-version.ts'
import { namesAmong, parseModelList } from './model-list.ts'
import { type Entries, printable, type Rejection } from './model-map.ts'
import type { LoadedMap, MapSource } from './source.ts'
import { switchOf } from './switch-of.ts'

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

/** Reads the model map from files and environment. The map's file wins over its variable if it holds anything usable, the
 *  list's whatever it holds (an empty array opens every model); a file that is missing or broken is named in the log and the
 *  variable counts, as in the original. */
export const loadLocalMap = (options: LocalSourceOptions): LoadedMap => {
  const problems: string[] = []
  const report: Report = (event, fields) => {
    options.log('warn', event, fields)
    problems.push(fields.help)
  }
  const mapFile = readFile('MODEL_PROVIDER_MAP_FILE', options.mapFile, report)
  const listFile = readFile('MODEL_LIST_FILE', options.listFile, report)
  const rejected: Rejection[] = []
  const entriesIn = (variable: string, text: string | undefined): Entries | undefined => {
    const value = parsed(variable, text, report)
    return value === undefined || isObject(value)
      ? entriesOf(value ?? {}, rejected)
      : report('model_json_invalid', noMap(variable))
  }
  const entries =
    entriesIn('MODEL_PROVIDER_MAP_FILE', mapFile?.toString()) ??
    entriesIn('MODEL_PROVIDER_MAP', options.map?.trim() || undefined) ??
    new Map()
  const list = listOf(listFile, options.list, report)
  const namesNothing = list?.names.length && entries.size > 0 ? compare(list, entries, options.log) : undefined
  return {
    source: 'local',
    version: contentVersion(mapFile, options.map, listFile, options.list),
    entries,
    rejected,
    list: list?.names,
    doubt: problems[0],
    namesNothing,
  }
}

/** A model list, and the variable it comes from. */
interface NamedList {
  readonly variable: string
  readonly names: readonly string[]
}

const listOf = (file: Buffer | undefined, text: string | undefined, report: Report): NamedList | undefined => {
  const inFile = parsed('MODEL_LIST_FILE', file?.toString(), report)
  if (Array.isArray(inFile)) return { variable: 'MODEL_LIST_FILE', names: namesAmong(inFile) }
  if (inFile !== undefined) report('model_json_invalid', noList('MODEL_LIST_FILE'))
  const names = parseModelList(text)
  if (names) return { variable: 'MODEL_LIST', names }
  return text?.trim() ? report('model_json_invalid', noList('MODEL_LIST')) : undefined
}

const noMap = (variable: string) => ({ variable, help: `${variable} is no JSON object of entries. Make it one.` })

const noList = (variable: string) => ({ variable, help: `${variable} is no JSON array of names. Make it one.` })

/** The most names in one log line. */
const mostNamed = 50

/** Logs where list and map do not meet: a model is offered only if both have it. Says so where none is. */
const compare = ({ variable, names }: NamedList, entries: Entries, log: Log): string | undefined => {
  const listed = new Set(names)
  const unknown = [...listed].filter((model) => !entries.has(model))
  const unlisted = [...entries.keys()].filter((model) => !listed.has(model))
  const fields = { variable, unknown: some(unknown), unlisted: some(unlisted) }
  const help = `Only models that are in the model map and in ${variable} are offered; case counts.`
  if (unknown.length + unlisted.length > 0)
    log(unknown.length > 0 ? 'warn' : 'info', 'model_list_differs', { ...fields, help })
  if (unknown.length < listed.size) return undefined
  return `${variable} names no model that the model map has switched on. Correct its names; case counts.`
}

const some = (models: readonly string[]): string | undefined => models.slice(0, mostNamed).join(', ') || undefined

type Report = (event: LogEvent, fields: LogFields & { readonly variable: string; readonly help: string }) => undefined

/** The map's usable entries: those whose value is an object, without those switched off; undefined when no value is an object.
 *  Other values are added to `rejected`; those whose name begins with an underscore are comments. */
const entriesOf = (value: JsonObject, rejected: Rejection[]): Entries | undefined => {
  const entries = new Map<string, JsonObject>()
  for (const model in value) {
    const fields = value[model]
    if (!isObject(fields)) {
      if (!model.startsWith('_')) rejected.push({ model: printable(model), reason: noObject })
    } else if (isEnabled(fields['enabled'])) entries.set(model, fields)
  }
  return entries.size > 0 || Object.values(value).some(isObject) ? entries : undefined
}

const noObject = 'It is no JSON object. Write its fields in braces.'

/** Nothing but a no switches off; a text that says neither is rejected with its entry. */
const isEnabled = (enabled: unknown): boolean =>
  enabled !== false && enabled !== 0 && (typeof enabled !== 'string' || switchOf(enabled) !== false)

const readFile = (variable: string, path: string | undefined, report: Report): Buffer | undefined => {
  if (path === undefined) return undefined
  try {
    return readFileSync(path)
  } catch {
    const help = `${variable} names a file that cannot be read. Put it there or correct the path.`
    return report('model_file_unreadable', { variable, path, help })
  }
}

/** Windows' editors begin a file with a byte order mark. The operator's own text needs no guard against nesting. */
const parsed = (variable: string, text: string | undefined, report: Report): unknown => {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
  } catch {
    return report('model_json_invalid', { variable, help: `${variable} is not valid JSON. Correct its syntax.` })
  }
}
