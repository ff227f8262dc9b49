import type { Tokenizer } from './byte-pair-encoding.ts'

/** One message of a conversation, its text parts already joined. */
export type ChatMessage = Readonly<{ role: string; content: string }>

/** Encodes a conversation as the token ids on which the model was trained, up to the start of the assistant's turn:
 *  `<|im_start|>role\ncontent<|im_end|>\n` for each message, then `<|im_start|>assistant\n` (OpenAI, ChatML; the
 *  same as `tokenizer.chat_template` in the model file). Role and content are plain text, whatever they contain. */
export const encodeChatPrompt = (tokenizer: Tokenizer, messages: readonly ChatMessage[]): number[] => {
  const start = tokenizer.special('<|im_start|>')
  const end = tokenizer.special('<|im_end|>')
  const turns = messages.flatMap(({ role, content }) => [
    start,
    ...tokenizer.encode(`${role}\n${content}`),
    end,
    ...tokenizer.encode('\n'),
  ])
  return [...turns, start, ...tokenizer.encode('assistant\n')]
}
