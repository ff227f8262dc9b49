import type { FailureFacts } from '../gateway/call-failure.ts'
import type { ChatMessage, ChatRequest, TokenUsage } from '../gateway/stream-chat.ts'

/** A reply, as far as it has come. */
export interface Reply {
  readonly state: 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'
  readonly text: string
  readonly thinking: string
  readonly requestId?: string | undefined
  /** OpenAI's `finish_reason`. */
  readonly finishReason?: string | undefined
  readonly usage?: TokenUsage | undefined
  readonly points?: number | undefined
  /** Points in the caller's wallet after the reply. */
  readonly balance?: number | undefined
  /** Milliseconds from the request to the end of the reply. */
  readonly durationMs?: number | undefined
  readonly failure?: FailureFacts | undefined
}

/** A question and its reply. */
export interface Turn {
  readonly id: number
  readonly request: ChatRequest
  readonly reply: Reply
}

/** The reply of a request that was just sent. */
export const newReply: Reply = { state: 'waiting', text: '', thinking: '' }

/** Returns the last message of a request, which the user has written. */
export const getPrompt = ({ request }: Turn): string => request.messages.at(-1)?.content ?? ''

/** Whether a reply still comes. */
export const isRunning = ({ state }: Reply): boolean => state === 'waiting' || state === 'streaming'

/** Returns the messages of the next request. A question without a text in reply is left out: models expect that questions and replies
 *  alternate. Thinking is never sent back. */
export const toMessages = (turns: readonly Turn[], prompt: string): readonly ChatMessage[] => [
  ...turns
    .filter(({ reply }) => reply.text !== '')
    .flatMap((turn): ChatMessage[] => [
      { role: 'user', content: getPrompt(turn) },
      { role: 'assistant', content: turn.reply.text },
    ]),
  { role: 'user', content: prompt },
]

/** Returns the turns with a changed reply. Turns that are gone stay gone. */
export const changeReply = (turns: readonly Turn[], id: number, change: (reply: Reply) => Reply): readonly Turn[] =>
  turns.map((turn) => (turn.id === id ? { ...turn, reply: change(turn.reply) } : turn))
