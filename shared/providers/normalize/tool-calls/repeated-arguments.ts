import { isObject, parseJson } from '../../../runtime/json.ts'
import { JsonProgress } from '../../../runtime/json-progress.ts'
import { beginsObject } from './tool-call-piece.ts'

/** Some providers (Qianfan, hermes-agent#35592) send all arguments so far in each piece. A piece is read so only if it begins with
 *  all that came before, and could never become JSON as a continuation. If it could (`{"a":` may go on with `{"a":1}}`), it is held back
 *  until a later piece, or the end, excludes one of the two. */
export interface RepeatDoubt {
  /** The text of the pieces in doubt, if they go on with the arguments. */
  readonly added: string
  /** All arguments so far, if each of them says them again. */
  readonly all: string
  readonly pieces: number
}

/** The part of a call that is looked at. */
interface Arguments {
  arguments: string
  progress: JsonProgress
  doubt: RepeatDoubt | undefined
}

/** Most pieces in doubt at a time. */
const maxDoubts = 8

/** The text that a piece adds to arguments that have begun. */
export const takeNews = (call: Arguments, piece: string): string => {
  const { arguments: before, progress, doubt = { added: '', all: before, pieces: 0 } } = call
  call.doubt = undefined
  const added = doubt.added + piece
  const mayRepeat = piece.startsWith(doubt.all) && doubt.pieces < maxDoubts && !progress.complete
  if (!mayRepeat || !beginsObject.test(piece)) return added
  const text = before + doubt.added
  if (refusesObject(text, doubt.pieces === 0 ? progress : follow(text), piece)) return piece.slice(before.length)
  call.doubt = { added, all: piece, pieces: doubt.pieces + 1 }
  return ''
}

const follow = (text: string): JsonProgress => {
  const progress = new JsonProgress()
  progress.add(text)
  return progress
}

/** Whether a text is no JSON for certain if this object follows. A value may follow a colon, a comma or a bracket. In a string, the first
 *  quote of the object ends it, and what follows that quote must be able to follow a string. */
const refusesObject = (text: string, { inString }: JsonProgress, object: string): boolean => {
  if (!inString) return !/[:,[]\s*$/.test(text)
  const next = object[object.indexOf('"') + 1]
  return next !== undefined && object.includes('"') && !/[\s,:}\]]/.test(next)
}

/** The text in doubt when nothing can follow: the reading that makes the arguments a whole object. */
export const settleDoubt = (call: Arguments): string => {
  const { arguments: before, doubt } = call
  if (!doubt) return ''
  call.doubt = undefined
  const goesOn = isObject(parseJson(before + doubt.added)) || !isObject(parseJson(doubt.all))
  const text = goesOn ? doubt.added : doubt.all.slice(before.length)
  call.arguments += text
  call.progress.add(text)
  return text
}
