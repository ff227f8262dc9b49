import { readFileSync, statSync } from 'node:fs'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import type { Log, LogEvent, LogFields } from '../../runtime/log.ts'
import { parseBoolean } from '../../runtime/parse-text.ts'
import { type Entries, type Rejection, toPrintableName } from '../entries/validate-map.ts'
import { parseModelList, toNames } from './model-list.ts'
import { hashContent, type LoadedMap, type MapSource } from './source.ts'

/** The most names in one log line. */
const maxNamed = 50

/** Logs where list and map do not meet, because a model is offered only if both have it; the reason, as sentences, where none is. */
export const logListDifference = ({ list = [], listVariable, entries }: LocalMap, log: Log): string | undefined => {
  const listed = new Set(list)
  const unknown = [...listed].filter((model) => !entries.has(model))
  const unlisted = [...entries.keys()].filter((model) => !listed.has(model))
  log(unknown.length > 0 ? 'warn' : 'info', 'model_list_differs', {
    variable: listVariable,
    unknown: joinSome(unknown),
    unlisted: joinSome(unlisted),
    help: `Only models that are in the model map and in ${listVariable} are offered; case counts.`,
  })
  if (unknown.length < listed.size) return undefined
  return `${listVariable} names no model that the model map has switched on. Correct its names; case counts.`
}

const joinSome = (models: readonly string[]): string | undefined => models.slice(0, maxNamed).join(', ') || undefined

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

/** A model map of files and environment. */
export interface LocalMap extends LoadedMap {
  /** The variable that its list comes from. */
  readonly listVariable: string
}

/** The model map of files and environment. Its stamp tells when a file was written, so that an edit reaches every process of
 *  this machine by itself. */
export const localSource = (options: LocalSourceOptions): MapSource => {
  const stamp = (): Promise<string> => Promise.resolve([options.mapFile, options.listFile].map(getFileStamp).join(' '))
  return { name: 'local', revision: stamp, read: () => loadAndCompare(options), publish: stamp }
}

/** Most lists and maps meet: what is said of the others is loaded when it is needed. */
const loadAndCompare = async (options: LocalSourceOptions): Promise<LoadedMap> => {
  const loaded = loadLocalMap(options)
  const { list, entries } = loaded
  if (!list?.length || entries.size === 0) return loaded
  if (new Set(list).size === entries.size && list.every((model) => entries.has(model))) return loaded
  return { ...loaded, emptyListReason: logListDifference(loaded, options.log) }
}

const getFileStamp = (path: string | undefined): string => {
  const status = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })
  return status ? `${status.mtimeMs}/${status.size}` : '-'
}

/** Reads the model map from files and environment. The map's file wins over its variable if it holds anything usable, the
 *  list's whatever it holds (an empty array opens every model); a file that is missing or broken is named in the log and the
 *  variable counts, as in the original. */
export const loadLocalMap = (options: LocalSourceOptions): LocalMap => {
  const problems: string[] = []
  const report: Report = (event, fields) => {
    options.log('warn', event, fields)
    problems.push(fields.help)
  }
  const mapFile = readMapFile('MODEL_PROVIDER_MAP_FILE', options.mapFile, report)
  const listFile = readMapFile('MODEL_LIST_FILE', options.listFile, report)
  const rejected: Rejection[] = []
  const entriesIn = (variable: string, text: string | undefined): Entries | undefined => {
    const value = parseVariable({ variable, text, isIt: isObject, kind: 'object of entries' }, report)
    return value && collectEntries(value, rejected)
  }
  const entries =
    entriesIn('MODEL_PROVIDER_MAP_FILE', mapFile?.toString()) ??
    entriesIn('MODEL_PROVIDER_MAP', options.map?.trim() || undefined) ??
    new Map()
  const list = readModelList(listFile, options.list, report)
  return {
    source: 'local',
    version: hashContent(mapFile, options.map, listFile, options.list),
    entries,
    rejected,
    list: list?.names,
    listVariable: list?.variable ?? '',
    warning: problems[0],
  }
}

/** A model list, and the variable it comes from. */
interface NamedList {
  readonly variable: string
  readonly names: readonly string[]
}

const readModelList = (file: Buffer | undefined, text: string | undefined, report: Report): NamedList | undefined => {
  const inFile = parseVariable(
    { variable: 'MODEL_LIST_FILE', text: file?.toString(), isIt: Array.isArray, kind: 'array of names' },
    report,
  )
  if (inFile) return { variable: 'MODEL_LIST_FILE', names: toNames(inFile) }
  const names = parseModelList(text)
  if (names) return { variable: 'MODEL_LIST', names }
  return text?.trim() ? reportWrongKind('MODEL_LIST', 'array of names', report) : undefined
}

type Report = (event: LogEvent, fields: LogFields & { readonly variable: string; readonly help: string }) => undefined

/** The map's usable entries: those whose value is an object, without those switched off; undefined when no value is an object.
 *  Other values are added to `rejected`; those whose name begins with an underscore are comments. */
const collectEntries = (value: JsonObject, rejected: Rejection[]): Entries | undefined => {
  const entries = new Map<string, JsonObject>()
  for (const model in value) {
    const fields = value[model]
    if (!isObject(fields)) {
      if (!model.startsWith('_')) rejected.push({ model: toPrintableName(model), reason: notAnObject })
    } else if (isEntryEnabled(fields['enabled'])) entries.set(model, fields)
  }
  return entries.size > 0 || Object.values(value).some(isObject) ? entries : undefined
}

const notAnObject = 'It is no JSON object. Write its fields in braces.'

/** Nothing but a no switches off; a text that says neither is rejected with its entry. */
const isEntryEnabled = (enabled: unknown): boolean =>
  enabled !== false && enabled !== 0 && (typeof enabled !== 'string' || parseBoolean(enabled) !== false)

const readMapFile = (variable: string, path: string | undefined, report: Report): Buffer | undefined => {
  if (path === undefined) return undefined
  try {
    return readFileSync(path)
  } catch {
    const help = `${variable} names a file that cannot be read. Put it there or correct the path.`
    return report('model_file_unreadable', { variable, path, help })
  }
}

interface JsonText<Value> {
  readonly variable: string
  readonly text: string | undefined
  readonly isIt: (value: unknown) => value is Value
  /** Completes "is no JSON …". */
  readonly kind: string
}

/** Windows' editors begin a file with a byte order mark. The operator's own text needs no guard against nesting. */
const parseVariable = <Value>({ variable, text, isIt, kind }: JsonText<Value>, report: Report): Value | undefined => {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
    return isIt(value) ? value : reportWrongKind(variable, kind, report)
  } catch {
    return report('model_json_invalid', { variable, help: `${variable} is not valid JSON. Correct its syntax.` })
  }
}

const reportWrongKind = (variable: string, kind: string, report: Report): undefined =>
  report('model_json_invalid', { variable, help: `${variable} is no JSON ${kind}. Make it one.` })
