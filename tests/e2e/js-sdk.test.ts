import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { createJsSdkApp } from '../support/js-sdk.ts'

let auth: CloudBaseAuth
let provider: LoopbackServer
let gateway: StartedFunction

const answer = JSON.stringify({
  id: 'c1',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})

beforeAll(async () => {
  auth = await startCloudBaseAuth()
  provider = await loopbackServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
  gateway = await startFunction('llm-chat-completions', {
    ...auth.recommendedEnvironment,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1` } }),
    MODEL_PROVIDER_MAP_FILE: '',
  })
})

afterAll(async () => {
  await gateway.stop()
  await provider.close()
  await auth.close()
})

const ask = async (app: Awaited<ReturnType<typeof createJsSdkApp>>): Promise<string> => {
  const model = app.ai({ baseUrl: gateway.url }).createModel('custom', {
    defaultModelSubUrl: '/v1/chat/completions',
  })
  const { text } = await model.generateText({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })
  return text
}

describe('@cloudbase/js-sdk with the built function', () => {
  test('refreshes an expired token and sends the request again', async () => {
    const expired = auth.token({ claims: { sub: 'u1', exp: Math.floor(Date.now() / 1000) - 600 } })
    const session = { access_token: expired, refresh_token: 'refresh-u1', expires_in: 7200 }
    const app = await createJsSdkApp({ envId: auth.envId, origin: auth.origin, session })
    expect(await ask(app)).toBe('hello')
    expect(auth.calls).toMatchObject({ token: 1, 'user/me': 1 })
  })

  test('gets an error about its publishable key if no user is signed in', async () => {
    const accessKey = auth.token({ claims: { sub: 'anon', role: 'anon', meta: { platform: 'PublishableKey' } } })
    const app = await createJsSdkApp({ envId: auth.envId, origin: auth.origin, accessKey })
    await expect(ask(app)).rejects.toMatchObject({
      code: 'INVALID_ACCESS_TOKEN',
      message: expect.stringContaining('publishable key'),
    })
  })
})
