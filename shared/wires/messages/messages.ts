import type { ChatWire } from '../../protocol/chat-wire.ts'
import { toMessageErrorBody } from './error-body.ts'
import { MessageStream } from './message-stream.ts'
import { nativeMessages } from './native.ts'
import { readReplyFacts } from './reply-facts.ts'
import { toChat, translate } from './to-chat.ts'
import { toMessage } from './whole-message.ts'

/** Messages: Anthropic's wire (Anthropic API reference, "Messages", version 2023-06-01). */
export const messages: ChatWire = {
  toChat,
  toChatBody: (call) => translate(call).body,
  createReply: (call, promptTokens) => {
    const facts = readReplyFacts(call, promptTokens)
    return {
      writeWhole: (chat, usage) => toMessage(chat, usage, facts),
      createStream: () => new MessageStream(facts),
    }
  },
  toErrorBody: toMessageErrorBody,
  native: nativeMessages,
}
