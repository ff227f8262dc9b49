import { describe, expect, test } from '@jest/globals'
import type { CheckService } from '../../../shared/protocol/safety.ts'
import { tencentTms } from '../../../shared/safety/services/tencent-tms.ts'
import { webhookCheck } from '../../../shared/safety/services/webhook.ts'
import { wechatCheck } from '../../../shared/safety/services/wechat.ts'
import { withoutFailure } from '../../../shared/safety/services/without-failure.ts'
import {
  startCheckWebhook,
  startTms,
  startWechat,
  tmsKey,
  wechatApp,
} from '../../../testing/stand-ins/text-checkers.ts'
import { captureLog } from '../../support/capture-log.ts'
import { onCleanup } from '../../support/on-cleanup.ts'

const userId = `wx:${wechatApp.appId}:${wechatApp.openid}`
const ask = (service: CheckService, text: string, user: string | null = userId) =>
  service.check({ text, sessionId: 'req-1', userId: user })

const startTencent = async (key = tmsKey) => {
  const stand = await startTms()
  onCleanup(stand.close)
  const service = tencentTms({ origin: stand.url, region: 'ap-guangzhou', key, bizType: 'llm', timeoutMs: 5_000 })
  return { stand, service }
}

const startMiniProgram = async (appId = wechatApp.appId) => {
  const stand = await startWechat()
  onCleanup(stand.close)
  const service = wechatCheck({ origin: stand.url, appId, secret: wechatApp.secret, timeoutMs: 5_000 })
  return { stand, service }
}

describe('text moderation of Tencent Cloud', () => {
  test('signs each request as the cloud verifies it, and reads verdict, label, score and place (R118)', async () => {
    const { stand, service } = await startTencent()
    expect(await ask(service, '你好，世界 😀')).toEqual({ kind: 'pass' })
    expect(await ask(service, '这是可疑内容')).toMatchObject({ kind: 'review', label: 'Fraud' })
    expect(await ask(service, '这是违禁内容')).toEqual({ kind: 'block', label: 'Fraud', score: 96, at: 2 })
    expect(stand.requests[0]).toMatchObject({
      content: '你好，世界 😀',
      body: {
        BizType: 'llm',
        SessionId: 'req-1',
        DataId: 'req-1',
        User: { UserId: expect.stringMatching(/^[\da-f]{32}$/) },
      },
    })
    expect(JSON.stringify(stand.requests[0]?.body)).not.toContain(wechatApp.openid)
  })

  test('rejects with the code of the cloud if its key is wrong, or if it is refused', async () => {
    const { service } = await startTencent({ ...tmsKey, secretKey: 'other' })
    await expect(ask(service, 'hi')).rejects.toMatchObject({ code: 'AuthFailure.SignatureFailure' })
    const { stand, service: other } = await startTencent()
    stand.behave({ code: 'RequestLimitExceeded' })
    await expect(ask(other, 'hi')).rejects.toMatchObject({ code: 'RequestLimitExceeded' })
    stand.behave({ status: 502, text: '<html>' })
    await expect(ask(other, 'hi')).rejects.toMatchObject({ code: 'HTTP 502' })
    stand.behave({ text: '{"Response":{"Suggestion":"Maybe"}}' })
    await expect(ask(other, 'hi')).rejects.toMatchObject({ code: 'invalid_response' })
  })
})

describe('the check of WeChat', () => {
  test('gets a token once and sends the openid of the user (R118)', async () => {
    const { stand, service } = await startMiniProgram()
    expect(await ask(service, '你好')).toEqual({ kind: 'pass' })
    expect(await ask(service, '违禁内容')).toEqual({ kind: 'block', label: 'porn', score: 90 })
    expect(stand.requests.map(({ path }) => path.split('?')[0])).toEqual([
      '/cgi-bin/stable_token',
      '/wxa/msg_sec_check',
      '/wxa/msg_sec_check',
    ])
    expect(stand.requests[1]?.body).toEqual({ version: 2, scene: 2, openid: wechatApp.openid, content: '你好' })
  })

  test('gets another token when the service refuses this one (40001), once for several calls', async () => {
    const { stand, service } = await startMiniProgram()
    await ask(service, '你好')
    stand.expireToken()
    const verdicts = await Promise.all(['a', 'b', 'c'].map((text) => ask(service, text)))
    expect(verdicts).toEqual([{ kind: 'pass' }, { kind: 'pass' }, { kind: 'pass' }])
    expect(stand.requests.filter(({ path }) => path.startsWith('/cgi-bin'))).toHaveLength(2)
  })

  test.each([
    [45_009, '45009'],
    [43_104, '43104'],
    [47_001, '47001'],
  ])('rejects with the code %i of the service', async (code, shown) => {
    const { stand, service } = await startMiniProgram()
    stand.behave({ code })
    await expect(ask(service, 'hi')).rejects.toMatchObject({ code: shown })
  })

  test('rejects users of other apps, and users of the web, without a call', async () => {
    const { stand, service } = await startMiniProgram()
    await expect(ask(service, 'hi', 'web-user')).rejects.toMatchObject({ code: 'no_openid' })
    await expect(ask(service, 'hi', null)).rejects.toMatchObject({ code: 'no_openid' })
    await expect(ask(service, 'hi', `wx:other:${wechatApp.openid}`)).rejects.toMatchObject({ code: 'no_openid' })
    expect(stand.requests).toHaveLength(0)
    await expect(ask(service, 'hi', `wx:${wechatApp.appId}:stranger`)).rejects.toMatchObject({ code: '43104' })
  })

  test('rejects with the code of the service if it gives no token', async () => {
    const { service } = await startMiniProgram('wx-unknown')
    await expect(ask(service, 'hi', 'wx:wx-unknown:o')).rejects.toMatchObject({ code: '40125' })
  })
})

test('a webhook gets the text with its token, and its verdict counts (R118)', async () => {
  const stand = await startCheckWebhook()
  onCleanup(stand.close)
  const url = `${stand.url}/check`
  const service = webhookCheck({ url, token: 'stand-in-token', timeoutMs: 5_000 })
  expect(await ask(service, 'hi', 'u')).toEqual({ kind: 'pass' })
  expect(await ask(service, 'x违禁内容')).toEqual({ kind: 'block', label: 'own', score: 70, at: 1 })
  expect(stand.requests[0]).toMatchObject({ path: '/check', body: { text: 'hi', session_id: 'req-1', user_id: 'u' } })
  const other = webhookCheck({ url, token: undefined, timeoutMs: 5_000 })
  await expect(ask(other, 'hi')).rejects.toMatchObject({ code: 'invalid_response' })
})

describe('a service that fails', () => {
  test.each([
    [false, true],
    [true, false],
  ])(
    'with MODERATION_FAIL_OPEN=%s is a verdict that is never pass, and an error in the log without text (R112)',
    async (failOpen, isRefused) => {
      const stand = await startTms()
      onCleanup(stand.close)
      const { log, lines } = captureLog()
      const options = { origin: stand.url, region: 'r', key: tmsKey, bizType: undefined, timeoutMs: 5_000 }
      const service = withoutFailure(tencentTms(options), { failOpen, timeoutMs: 5_000, log })
      stand.behave({ code: 'InternalError' })
      expect(await ask(service, 'secret text')).toEqual({ kind: 'unchecked', label: 'unavailable', isRefused })
      expect(lines).toEqual([
        {
          level: 'error',
          event: 'moderation_unavailable',
          fields: { checker: 'tms', request_id: 'req-1', cause: 'InternalError', served: failOpen },
        },
      ])
      expect(JSON.stringify(lines)).not.toContain('secret text')
    },
  )

  test('is given up after its time', async () => {
    const { log, lines } = captureLog()
    const never: CheckService = { name: 'slow', maxLength: 10, check: () => new Promise(() => undefined) }
    const service = withoutFailure(never, { failOpen: false, timeoutMs: 20, log })
    expect(await ask(service, 'hi')).toMatchObject({ kind: 'unchecked', isRefused: true })
    expect(lines[0]?.fields).toMatchObject({ cause: 'ETIMEDOUT' })
  })
})
