import { afterAll, beforeAll } from '@jest/globals'
import OpenAI from 'openai'
import { startTinyModel, type TinyModelServer } from '../../scripts/tiny-model/server/upstream.ts'

/** The address of a server. */
export type Address = Pick<TinyModelServer, 'url'>

/** A conversation of one question. */
export const messages = (content: string) => [{ role: 'user' as const, content }]

/** The model's reply to "Count to `last`." */
export const countTo = (last: number): string => `${Array.from({ length: last }, (_, index) => index + 1).join(' ')}.`

/** The official client, without retries. */
export const createClient = ({ url }: Address, apiKey = 'any'): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })

/** Starts the embedded model before the tests of a file and closes it after them. Its fields can be read in tests only. */
export const tinyServer = (): Address & { readonly client: OpenAI } => {
  let server: TinyModelServer
  let client: OpenAI
  beforeAll(async () => {
    server = await startTinyModel()
    client = createClient(server)
  })
  afterAll(() => server.close())
  return {
    get url() {
      return server.url
    },
    get client() {
      return client
    },
  }
}

/** Posts JSON, or a string as it is, without the official client's checks. */
export const post = ({ url }: Address, path: string, body: unknown): Promise<Response> =>
  fetch(`${url}${path}`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
