import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { sendBeforeReading } from '../support/send-before-reading.ts'

let auth: CloudBaseAuth
let chat: StartedFunction
let local: LocalGateway

beforeAll(async () => {
  auth = await startCloudBaseAuth()
  const environment = {
    ...auth.environment,
    DISABLE_AUTH: 'false',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: 'https://a.example/v1' } }),
  }
  chat = await startFunction('llm-chat-completions', environment)
  local = await startLocalGateway(environment)
}, 60_000)

afterAll(async () => {
  await local.stop()
  await chat.stop()
  await auth.close()
})

/** How many clients send at the same time. */
const tries = 12

const megabytes = 3

describe.each([
  ['a built function', () => chat],
  ['the local gateway', () => local],
])('%s', (_, getServer) => {
  const getPort = (): number => Number(new URL(getServer().url).port)
  const expiredToken = (): string => auth.token({ claims: { exp: Math.floor(Date.now() / 1000) - 600 } })

  const refusals: readonly (readonly [string, () => string, number])[] = [
    ['an expired token', () => `authorization: Bearer ${expiredToken()}\r\n`, 401],
    ['a compressed body', () => `authorization: Bearer ${auth.token()}\r\ncontent-encoding: gzip\r\n`, 415],
  ]

  describe.each(['connection: close\r\n', ''])("with the header '%s'", (connection) => {
    test.each(refusals)(
      'refuses a picture of 3 MB with %s so that every client reads it',
      async (_, headers, status) => {
        const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n${connection}${headers()}`
        const sent = Array.from({ length: tries }, () => sendBeforeReading(getPort(), head, megabytes))
        const exchanges = await Promise.all(sent)
        expect(exchanges.map(({ replies }) => replies.map((reply) => reply.status))).toEqual(sent.map(() => [status]))
      },
      60_000,
    )
  })
})
