import { TextSoFar } from './text-so-far.ts'
import { ToolCalls } from './tool-calls/tool-calls.ts'

/** Whether a target is a chunk of a stream or a whole response. */
export type Form = 'chunk' | 'whole'

/** The history of one choice of a stream. */
export interface ChoiceState {
  /** Its index for the client. */
  readonly index: number
  /** Whether a delta has passed. */
  begun: boolean
  /** Whether a `finish_reason` has come. */
  finished: boolean
  /** Whether text has come. */
  hasText: boolean
  /** The doubt that its reason is the end, because some providers write one in each chunk: `once` if it came with the first
   *  text, or the first after thoughts; `again` if it came with a later text, too. */
  doubt: 'none' | 'once' | 'again'
  /** The text that has passed, by field. */
  readonly content: TextSoFar
  readonly reasoning_content: TextSoFar
  readonly tools: ToolCalls
  readonly functions: ToolCalls
}

/** The state of a choice that has not begun. */
export const createChoiceState = (index: number): ChoiceState => ({
  index,
  begun: false,
  finished: false,
  hasText: false,
  doubt: 'none',
  content: new TextSoFar(),
  reasoning_content: new TextSoFar(),
  tools: new ToolCalls(),
  functions: new ToolCalls(),
})
