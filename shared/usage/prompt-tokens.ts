import type { JsonObject } from '../protocol/json.ts'
import { type TokenCounter, tokenCounter } from './token-counter.ts'

/** Tokens that frame each message of a chat (OpenAI Cookbook, "How to count tokens with tiktoken"). */
const tokensPerMessage = 4

/** The fields of a request body that become part of the prompt. */
const promptFields = ['messages', 'prompt', 'suffix', 'tools', 'functions', 'response_format'] as const

/** Estimates the tokens of a request's prompt: its texts, those of its tools, and a frame for each message. Data that is no
 *  text, such as a picture in a `data:` URL, is not counted; a prompt that is sent as tokens is. */
export const promptTokens = (body: JsonObject): number => {
  const counter = tokenCounter()
  for (const field of promptFields) addTexts(body[field], counter)
  const { messages, prompt } = body
  const frames = Array.isArray(messages) ? messages.length * tokensPerMessage : 0
  return counter.tokens() + frames + tokensSent(prompt)
}

/** Walks a value without recursion: a client decides how deep it is. */
const addTexts = (root: unknown, counter: TokenCounter): void => {
  const waiting = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string') {
      if (!value.startsWith('data:')) counter.add(`${value} `)
    } else if (typeof value === 'object' && value !== null) {
      for (const item of Object.values(value)) waiting.push(item)
    }
  }
}

const tokensSent = (prompt: unknown): number =>
  Array.isArray(prompt) ? prompt.flat().filter((item) => typeof item === 'number').length : 0
