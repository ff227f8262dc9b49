import OpenAI from 'openai'
import type { TinyModelServer } from '../../scripts/tiny-model/server/upstream.ts'

/** A conversation of one question. */
export const messages = (content: string) => [{ role: 'user' as const, content }]

/** The model's answer to "Count to `last`." */
export const countTo = (last: number): string => `${Array.from({ length: last }, (_, index) => index + 1).join(' ')}.`

/** The official client, which tries once only. */
export const clientOf = ({ url }: TinyModelServer, apiKey = 'any'): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })

/** Posts JSON, or a string as it is, past the official client's checks. */
export const post = ({ url }: TinyModelServer, path: string, body: unknown): Promise<Response> =>
  fetch(`${url}${path}`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
