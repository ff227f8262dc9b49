import { describe, expect, test } from '@jest/globals'
import { json, type Script, sse } from '../../../testing/stand-ins/provider.ts'
import { startTms, type TextChecker, tmsKey } from '../../../testing/stand-ins/text-checkers.ts'
import { onCleanup } from '../../support/on-cleanup.ts'
import { startGuarded } from '../../support/start-guarded.ts'

const usage = { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 }
const whole = (content: string): Script =>
  json({ id: 'a', choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }], usage })
const piece = (content: string, end: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'a', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: end }] })}\n\n`
const user = (content: string) => ({ model: 'm', messages: [{ role: 'user' as const, content }] })

const start = async (answer: () => Script, variables: Record<string, string> = {}) => {
  const checker = await startTms()
  onCleanup(checker.close)
  const environment = {
    ...{ MODERATION: 'tms', TMS_ORIGIN: checker.url },
    ...{ TMS_SECRET_ID: tmsKey.secretId, TMS_SECRET_KEY: tmsKey.secretKey },
    ...variables,
  }
  return { checker, ...(await startGuarded('chat/completions', answer, { environment })) }
}

const contents = ({ requests }: TextChecker) => requests.map(({ content }) => content)

describe('a prompt that a service checks', () => {
  test('is served if it passes; prompt and answer are one session', async () => {
    const { client, checker, records } = await start(() => whole('fine'), { MODERATION_ANSWERS: 'window' })
    await client.chat.completions.create(user('hi'))
    expect(contents(checker)).toEqual(['hi', 'fine'])
    expect(new Set(checker.requests.map(({ body }) => body['SessionId'])).size).toBe(1)
    expect(checker.requests[0]?.body['SessionId']).toBe(records[0]?.request_id)
    expect(records[0]?.metadata['safety']).toEqual({ verdict: 'pass', part: 'prompt', by: 'tms' })
  })

  test('gets a 400 if it is blocked, before the client gets anything, and costs nothing (R111)', async () => {
    const { client, checker, provider, records } = await start(() => sse(piece('fine'), 'hang'))
    checker.behave({ delayMs: 100 })
    const asked = { ...user('这是违禁内容'), stream: true as const }
    await expect(client.chat.completions.create(asked)).rejects.toMatchObject({
      status: 400,
      code: 'content_policy_violation',
      param: 'messages.0.content',
    })
    // It was called at the same time, and is stopped.
    await provider.requests[0]?.closed
    expect(records).toMatchObject([
      {
        points: 0,
        usage: { total_tokens: 0 },
        metadata: {
          outcome: 'filtered',
          safety: { verdict: 'block', part: 'prompt', by: 'tms', label: 'Fraud', score: 96, at: 2 },
        },
      },
    ])
  })

  test('does not reach the service if a listed word is in it', async () => {
    const { client, checker } = await start(() => whole('fine'), { MODERATION_WORDS: '坏词' })
    await expect(client.chat.completions.create(user('坏词'))).rejects.toMatchObject({ status: 400 })
    expect(checker.requests).toHaveLength(0)
  })

  test('goes on if the service is in doubt, and the record says so', async () => {
    const { client, records } = await start(() => whole('fine'))
    await client.chat.completions.create(user('可疑内容'))
    expect(records[0]?.metadata['safety']).toMatchObject({ verdict: 'review', label: 'Fraud' })
  })

  test('is checked in pieces if it is long, and what is cut by their edges is found', async () => {
    const { client, checker } = await start(() => whole('fine'))
    const long = `${'好'.repeat(9_998)}违禁内容${'好'.repeat(20_000)}`
    await expect(client.chat.completions.create(user(long))).rejects.toMatchObject({ status: 400 })
    expect(contents(checker).every(({ length }) => length <= 10_000)).toBe(true)
  })
})

describe('a service that fails', () => {
  test('refuses calls with a 503 that may be repeated, and records each as unchecked (R112)', async () => {
    const { client, checker, records, lines } = await start(() => whole('fine'))
    checker.behave({ code: 'InternalError' })
    await expect(client.chat.completions.create(user('hi'))).rejects.toMatchObject({
      status: 503,
      code: 'moderation_unavailable',
    })
    expect(records).toMatchObject([
      {
        points: 0,
        metadata: { outcome: 'filtered', safety: { verdict: 'unchecked', label: 'unavailable', by: 'tms' } },
      },
    ])
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', event: 'moderation_unavailable' }))
  })

  test('lets calls pass with MODERATION_FAIL_OPEN, and their records never say pass (R112)', async () => {
    const { client, checker, records } = await start(() => whole('fine'), { MODERATION_FAIL_OPEN: 'true' })
    checker.behave({ status: 500 })
    expect((await client.chat.completions.create(user('hi'))).choices[0]?.message.content).toBe('fine')
    expect(records).toMatchObject([{ metadata: { outcome: 'complete', safety: { verdict: 'unchecked' } } }])
  })

  test('ends a stream with content_filter when it fails midway, and the record says unchecked (R112)', async () => {
    const pieces = Array.from({ length: 12 }, () => piece('好'.repeat(30)))
    const gate: (() => void)[] = []
    const opened = new Promise<void>((resolve) => gate.push(resolve))
    const { client, checker, records } = await start(() => sse(...pieces, opened, ...pieces, 'hang'), {
      MODERATION_ANSWERS: 'window',
    })
    let text = ''
    let reason: unknown
    for await (const { choices } of await client.chat.completions.create({ ...user('hi'), stream: true })) {
      text += choices[0]?.delta.content ?? ''
      reason = choices[0]?.finish_reason
      checker.behave({ status: 500 })
      gate[0]?.()
    }
    expect('好'.repeat(360).startsWith(text)).toBe(true)
    expect(reason).toBe('content_filter')
    expect(records).toMatchObject([
      { metadata: { outcome: 'filtered', safety: { verdict: 'unchecked', part: 'answer' } } },
    ])
  })
})

describe('a streamed answer that a service checks', () => {
  test('is stopped where the service finds something, without a character of it (R114)', async () => {
    const before = '很好的内容。'.repeat(60)
    const pieces = [...`${before}违禁内容${before}`].map((one) => piece(one))
    const { client, records } = await start(() => sse(...pieces, piece('', 'stop'), 'data: [DONE]\n\n'), {
      MODERATION_ANSWERS: 'window',
    })
    const reply = await client.chat.completions.stream(user('hi')).finalChatCompletion()
    expect(reply.choices[0]?.finish_reason).toBe('content_filter')
    expect(before.startsWith(reply.choices[0]?.message.content ?? '')).toBe(true)
    expect(records).toMatchObject([
      { metadata: { outcome: 'filtered', safety: { verdict: 'block', part: 'answer', by: 'tms', at: before.length } } },
    ])
  })
})

test.each([
  [{ MODERATION: 'tms' }, 'MODERATION=tms needs TMS_SECRET_ID and TMS_SECRET_KEY.'],
  [{ MODERATION: 'wechat', WECHAT_APPID: 'wx1' }, 'MODERATION=wechat needs WECHAT_APPID and WECHAT_SECRET.'],
  [{ MODERATION: 'webhook' }, 'MODERATION=webhook needs MODERATION_WEBHOOK_URL.'],
])('with %j no call is served, and the log says what is missing (R112)', async (environment, help) => {
  const { client, lines } = await startGuarded('chat/completions', () => whole('fine'), { environment })
  await expect(client.chat.completions.create(user('hi'))).rejects.toMatchObject({ status: 503 })
  expect(lines).toContainEqual(expect.objectContaining({ event: 'moderation_misconfigured', fields: { help } }))
})
