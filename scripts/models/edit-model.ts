import type { JsonObject } from '../../shared/runtime/json.ts'
import { parseBoolean } from '../../shared/runtime/parse-text.ts'
import { getLanguage } from '../language.ts'
import type { Variables } from '../variables/read-variables.ts'
import { findProblems } from './create.ts'
import { type Change, dropBlank, isSame } from './difference.ts'
import { modelsMessages } from './messages.ts'
import type { ModelMap, ReadMap } from './model-map.ts'

/** A change of one entry. */
export interface Edit {
  readonly model: string
  /** Whether the entry must not exist yet. Otherwise it must. */
  readonly isNew: boolean
  /** The new values of fields. Undefined removes a field. Others stay as they are. */
  readonly fields: JsonObject
}

/** The options of {@link planEdit}. */
export interface EditOptions {
  readonly variables: Variables
  readonly allowPrivate: boolean
}

/** A change of one entry as it would be written. */
export interface PlannedEdit {
  /** Undefined: the entry has these values already. */
  readonly change: Change | undefined
  /** Why the gateway could not use the entry or a part of it, or why it cannot be written. */
  readonly problems: readonly string[]
}

/** Plans a change of one entry: what would be written, and what the gateway's own rules say about it. An entry that is switched off is
 *  not judged. */
export const planEdit = async (
  map: ModelMap,
  read: ReadMap,
  edit: Edit,
  options: EditOptions,
): Promise<PlannedEdit> => {
  const messages = modelsMessages[getLanguage(options.variables)]
  const known = [...read.entries.keys()].find((name) => name.toLowerCase() === edit.model.toLowerCase())
  if (edit.isNew && known !== undefined) return { change: undefined, problems: [messages.exists(known, map.name)] }
  const before = known === undefined ? undefined : read.entries.get(known)
  if (!edit.isNew && !before) return { change: undefined, problems: [messages.noModel(edit.model)] }
  const change = toChange(map, { ...edit, model: known ?? edit.model }, before)
  if (!change) return { change, problems: [] }
  const merged = { ...before, ...edit.fields }
  const others = new Map([...read.loaded.entries].filter(([name]) => name !== known))
  const problems = isOff(merged) ? [] : findProblems(edit.model, { ...options, fields: dropBlank(merged) }, others)
  const obstacle = await map.findObstacle(change)
  return { change, problems: [...problems, ...(obstacle === undefined ? [] : [obstacle])] }
}

const isOff = ({ enabled }: JsonObject): boolean =>
  enabled === false || enabled === 0 || (typeof enabled === 'string' && parseBoolean(enabled) === false)

/** Returns undefined if nothing changes. */
const toChange = (map: ModelMap, { model, fields }: Edit, before: JsonObject | undefined): Change | undefined => {
  if (!before) {
    const row = map.toRow(model, dropBlank(fields))
    return { row, before, columns: Object.keys(dropBlank(fields)) }
  }
  const columns = Object.keys(fields).filter((name) => !isSame(fields[name], before[name]))
  return columns.length === 0 ? undefined : { row: map.toChangedRow(model, fields, before), before, columns }
}
