import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type BuiltGateway, builtGateway } from '../../testing/servers/built-gateway.ts'
import { json, type Script, sse } from '../../testing/stand-ins/provider.ts'

/** The function of the page, cut out of its text. It needs only `fetch` and `TextDecoder`, which Node has too. */
const page = readFileSync('examples/web/index.html', 'utf8')
const source = page.slice(page.indexOf('const ask ='), page.indexOf("document.querySelector('#ask').addEventListener"))

const event = (content: string, reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: reason }] })}\n\n`

let script: Script
let gateway: BuiltGateway

beforeAll(async () => {
  gateway = await builtGateway({ answer: () => script, environment: { CORS_ALLOW_ALL: 'true' } })
})

beforeEach(() => {
  gateway.provider.requests.length = 0
})

afterAll(() => gateway.close())

type Ask = (question: string, onText: (text: string) => void) => Promise<void>

const runPage = async (model = 'm'): Promise<string[]> => {
  const make = new Function('gateway', 'model', 'accessToken', `${source}\nreturn ask`)
  const ask = make(gateway.built.url, model, () => Promise.resolve('token-1')) as Ask
  const pieces: string[] = []
  await ask('你好', (text) => pieces.push(text))
  return pieces
}

/** A stream that is cut after every third byte. */
const cut = (text: string): Script => {
  const bytes = Buffer.from(text)
  const places = Array.from({ length: Math.ceil(bytes.length / 3) }, (_, index) => index * 3)
  const pieces = places.map((place) => bytes.subarray(place, place + 3))
  return sse(...pieces.flatMap((piece) => [piece, new Promise((resolve) => setImmediate(resolve))]))
}

describe('the web page', () => {
  test('streams Chinese correctly, wherever it is cut', async () => {
    script = cut(`${event('你好，')}: comment\n\n${event('👋世界')}${event('', 'stop')}data: [DONE]\n\n`)
    expect((await runPage()).join('')).toBe('你好，👋世界')
    expect(gateway.provider.requests[0]?.body['messages']).toEqual([{ role: 'user', content: '你好' }])
  })

  test('reports an error with its message', async () => {
    script = json({ error: { message: 'too many tokens' } }, 400)
    await expect(runPage()).rejects.toThrow('too many tokens')
    await expect(runPage('gpt-9')).rejects.toThrow("The model 'gpt-9' does not exist")
  })

  test('reports a cut stream', async () => {
    script = sse(event('你'))
    await expect(runPage()).rejects.toThrow('broke off its response')
  })
})
