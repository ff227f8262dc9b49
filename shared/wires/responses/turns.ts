import type { JsonObject } from '../../runtime/json.ts'
import { type ChatContent, toMessageContent } from './content.ts'

/** A call of a tool in the conversation so far. */
export interface PastCall {
  readonly id: string
  /** Its name in the chat. */
  readonly name: string
  /** Its arguments as JSON text. */
  readonly arguments: string
}

/** Thoughts, text and calls of the assistant: one message of a chat. */
interface Turn {
  readonly thoughts: string[]
  readonly texts: string[]
  readonly calls: AnswerableCall[]
  /** Whether the result of a call has come. Later text of the assistant is another turn. */
  isAnswered: boolean
}

interface AnswerableCall extends PastCall {
  output?: ChatContent
}

/** Collects the items of a conversation as the messages of a chat. Providers demand that the results of tools follow the
 *  message that called them, each once; clients send other orders. */
export class Turns {
  /** The instructions before the conversation. Many models take one system message only, at the beginning. */
  private readonly instructions: string[] = []
  private readonly blocks: (JsonObject | Turn)[] = []
  /** The calls without a result, by id, the earliest first: some models use one id again and again. */
  private readonly waiting = new Map<string, { readonly turn: Turn; readonly call: AnswerableCall }[]>()

  /** Adds a message of the user, or a later one of the system. */
  addMessage(role: 'user' | 'system', content: ChatContent): void {
    if (role === 'system' && this.blocks.length === 0) this.instructions.push(content.text)
    else this.blocks.push({ role, content: role === 'system' ? content.text : toMessageContent(content) })
  }

  /** Adds a thought of the assistant. */
  addThought(text: string): void {
    if (text !== '') this.getTurn().thoughts.push(text)
  }

  /** Adds a text that the assistant said. */
  addText(text: string): void {
    if (text !== '') this.getTurn().texts.push(text)
  }

  /** Adds a call of a tool. */
  addCall(made: PastCall): void {
    const turn = this.getTurn()
    const call = { ...made }
    turn.calls.push(call)
    const waiting = this.waiting.get(call.id)
    if (waiting) waiting.push({ turn, call })
    else this.waiting.set(call.id, [{ turn, call }])
  }

  /** Adds the result of a call. One whose call is not there becomes a text of the user. */
  addOutput(id: string, output: ChatContent): void {
    const answered = this.waiting.get(id)?.shift()
    if (!answered) {
      this.addMessage('user', { ...output, text: `Result of an earlier tool call:\n${output.text}` })
      return
    }
    answered.call.output = output
    answered.turn.isAnswered = true
  }

  /** The messages of the chat. */
  toMessages(): JsonObject[] {
    const { instructions, blocks } = this
    const first: JsonObject[] = instructions.length > 0 ? [{ role: 'system', content: instructions.join('\n\n') }] : []
    return [...first, ...blocks.flatMap((block) => (isTurn(block) ? toTurnMessages(block) : [block]))]
  }

  /** The turn that goes on: the last block, unless results of its calls have come. */
  private getTurn(): Turn {
    const last = this.blocks.at(-1)
    if (last && isTurn(last) && !last.isAnswered) return last
    const turn: Turn = { thoughts: [], texts: [], calls: [], isAnswered: false }
    this.blocks.push(turn)
    return turn
  }
}

const isTurn = (block: JsonObject | Turn): block is Turn => 'calls' in block

/** The result of a call that has none: clients leave it out if the user stopped the tool. */
const missingOutput: ChatContent = { text: '[interrupted]', attachments: [] }

/** A thought without anything after it is of no use to a model. */
const toTurnMessages = ({ thoughts, texts, calls }: Turn): JsonObject[] => {
  if (texts.length === 0 && calls.length === 0) return []
  const message: JsonObject = { role: 'assistant', content: texts.length > 0 ? texts.join('\n\n') : null }
  if (thoughts.length > 0) message['reasoning_content'] = thoughts.join('\n\n')
  if (calls.length === 0) return [message]
  const toolCalls = calls.map(({ id, name, arguments: given }) => ({
    ...{ id, type: 'function' },
    function: { name, arguments: given },
  }))
  return [{ ...message, tool_calls: toolCalls }, ...toOutputMessages(calls)]
}

/** Most providers take text only as the result of a tool, so attachments follow in a message of the user. */
const toOutputMessages = (calls: Turn['calls']): JsonObject[] => {
  const outputs = calls.map(({ id, output = missingOutput }) => ({ id, ...output }))
  const attachments = outputs.flatMap((output) => output.attachments)
  const messages = outputs.map(({ id, text, attachments: own }) => ({
    ...{ role: 'tool', tool_call_id: id },
    content: own.length > 0 && text === '' ? 'The result follows in the next message.' : text,
  }))
  if (attachments.length === 0) return messages
  const content = toMessageContent({ text: 'The tools returned this:', attachments })
  return [...messages, { role: 'user', content }]
}
