import { readFileSync, statSync } from 'node:fs'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import type { Log, LogEvent, LogFields } from '../../runtime/log.ts'
import { parseBoolean } from '../../runtime/parse-text.ts'
import { toPrintableName } from '../entries/model-name.ts'
import type { Entries, Rejection } from '../entries/validate-map.ts'
import { parseModelList, toNames } from './model-list.ts'
import { hashContent, type LoadedMap, type MapSource } from './source.ts'

/** The variables of the local map and list. */
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

/** The model map of files and environment. Its revision is the time and size of the files, so that an edit reaches
 *  every process of this machine without a reload. */
export const createLocalSource = (options: LocalSourceOptions): MapSource => {
  const getRevision = (): Promise<string> =>
    Promise.resolve([options.mapFile, options.listFile].map(getFileRevision).join(' '))
  const read = async (): Promise<LoadedMap> => compareWithList(loadLocalMap(options), options.log)
  return { name: 'local', revision: getRevision, read, publish: getRevision }
}

const getFileRevision = (path: string | undefined): string => {
  const status = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })
  return status ? `${status.mtimeMs}/${status.size}` : '-'
}

/** A model map of files and environment. */
export interface LocalMap extends LoadedMap {
  /** The variable of its list; empty if it has no list. */
  readonly listVariable: string
}

/** Reads the model map from files and environment. A file of the map is used if it holds an entry, a file of the list
 *  whatever it holds (an empty array offers every model). If a file is missing or broken, the log names it, and the
 *  variable is used instead, as in the original. */
export const loadLocalMap = (options: LocalSourceOptions): LocalMap => {
  const problems: string[] = []
  const report: Report = (event, fields) => {
    options.log('warn', event, fields)
    problems.push(fields.help)
  }
  const mapFile = readFile('MODEL_PROVIDER_MAP_FILE', options.mapFile, report)
  const listFile = readFile('MODEL_LIST_FILE', options.listFile, report)
  const rejected: Rejection[] = []
  const readEntries = (variable: string, text: string | undefined): Entries | undefined => {
    const value = parseVariable({ variable, text, isKind: isObject, kind: 'object of entries' }, report)
    return value && collectEntries(value, rejected)
  }
  const entries =
    readEntries('MODEL_PROVIDER_MAP_FILE', mapFile?.toString()) ??
    readEntries('MODEL_PROVIDER_MAP', options.map?.trim() || undefined) ??
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

/** Logs a problem with a file or variable and records it as the map's. */
type Report = (event: LogEvent, fields: LogFields & { readonly variable: string; readonly help: string }) => undefined

const readFile = (variable: string, path: string | undefined, report: Report): Buffer | undefined => {
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
  readonly isKind: (value: unknown) => value is Value
  /** Completes "is no JSON …". */
  readonly kind: string
}

/** Editors of Windows begin a file with a byte order mark. The text is the operator's own, so its nesting needs no
 *  bound. */
const parseVariable = <Value>(json: JsonText<Value>, report: Report): Value | undefined => {
  const { variable, text, isKind, kind } = json
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
    return isKind(value) ? value : reportWrongKind(variable, kind, report)
  } catch {
    return report('model_json_invalid', { variable, help: `${variable} is not valid JSON. Correct its syntax.` })
  }
}

const reportWrongKind = (variable: string, kind: string, report: Report): undefined =>
  report('model_json_invalid', { variable, help: `${variable} is no JSON ${kind}. Make it one.` })

/** Returns the entries that are switched on; undefined if no value is an object. Other values are added to `rejected`,
 *  except comments: values whose name begins with an underscore. */
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

/** In a JSON map, only a no switches an entry off: most entries have no `enabled`. A text that is neither yes nor no
 *  stays, and its entry is rejected later. In a table, only 1 switches a row on (`table.ts`). */
const isEntryEnabled = (enabled: unknown): boolean =>
  enabled !== false && enabled !== 0 && (typeof enabled !== 'string' || parseBoolean(enabled) !== false)

/** A model list, and the variable it comes from. */
interface NamedList {
  readonly variable: string
  readonly names: readonly string[]
}

const readModelList = (file: Buffer | undefined, text: string | undefined, report: Report): NamedList | undefined => {
  const inFile = parseVariable(
    { variable: 'MODEL_LIST_FILE', text: file?.toString(), isKind: Array.isArray, kind: 'array of names' },
    report,
  )
  if (inFile) return { variable: 'MODEL_LIST_FILE', names: toNames(inFile) }
  const names = parseModelList(text)
  if (names) return { variable: 'MODEL_LIST', names }
  return text?.trim() ? reportWrongKind('MODEL_LIST', 'array of names', report) : undefined
}

/** The most names in one log line. */
const maxLogged = 50

/** Logs the difference between list and map, because a model is offered only if both have it. If they have no model in
 *  common, the result has an `emptyListReason`. */
const compareWithList = (loaded: LocalMap, log: Log): LoadedMap => {
  const { list, entries, listVariable } = loaded
  if (!list?.length || entries.size === 0) return loaded
  const listed = new Set(list)
  const unknown = [...listed].filter((model) => !entries.has(model))
  const unlisted = [...entries.keys()].filter((model) => !listed.has(model))
  if (unknown.length + unlisted.length === 0) return loaded
  log(unknown.length > 0 ? 'warn' : 'info', 'model_list_differs', {
    variable: listVariable,
    unknown: joinSome(unknown),
    unlisted: joinSome(unlisted),
    help: `Only models that are in the model map and in ${listVariable} are offered; case counts.`,
  })
  if (unknown.length < listed.size) return loaded
  const emptyListReason = `${listVariable} names no model that the model map has switched on. Correct its names; case counts.`
  return { ...loaded, emptyListReason }
}

const joinSome = (models: readonly string[]): string | undefined => models.slice(0, maxLogged).join(', ') || undefined
