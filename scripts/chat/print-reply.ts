import type { ReplyCost, ReplyListener } from './chat-client.ts'
import type { ChatMessages } from './messages.ts'

/** The terminal, or what replaces it. */
export interface ChatOutput {
  /** Writes a piece of text without a line break. */
  readonly write: (text: string) => void
  /** Whether thinking is dimmed. Otherwise a heading precedes it. */
  readonly hasColors: boolean
}

/** Creates a listener that prints a reply: its thinking dimmed, then its text on a new line. */
export const createReplyPrinter = ({ write, hasColors }: ChatOutput, messages: ChatMessages): ReplyListener => {
  let isThinking = false
  return {
    onThinking: (text) => {
      if (text === '') return
      if (!isThinking && !hasColors) write(`${messages.thinking}\n`)
      isThinking = true
      write(hasColors ? dim(text) : text)
    },
    onText: (text) => {
      if (isThinking) write('\n\n')
      isThinking = false
      write(text)
    },
  }
}

/** ECMA-48, "Select Graphic Rendition": 2 is faint, 22 normal. */
const dim = (text: string): string => `\u001b[2m${text}\u001b[22m`

/** Formats what a reply cost, such as `20 + 27 tokens · 8 points`. */
export const formatCost = (cost: ReplyCost, messages: ChatMessages): string => {
  const { promptTokens, completionTokens, reasoningTokens, points } = cost
  const hasTokens = promptTokens !== undefined && completionTokens !== undefined
  const tokens = hasTokens ? messages.tokens(promptTokens, completionTokens) : messages.noUsage
  return [
    reasoningTokens ? `${tokens} ${messages.reasoning(reasoningTokens)}` : tokens,
    ...(points === undefined ? [] : [messages.points(points)]),
  ].join(' · ')
}
