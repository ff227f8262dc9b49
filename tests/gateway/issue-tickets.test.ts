import { describe, expect, test } from '@jest/globals'
import { issueTickets } from '../../shared/gateway/account/issue-tickets.ts'
import { readTicketConfig } from '../../shared/gateway/config/ticket-config.ts'

const secret = 'the-secret-of-the-test-0123456789-abc'
const configured = { TICKET_SECRET: secret, CLOUDBASE_ENV_ID: 'env-1', LOG_LEVEL: 'error' }
const caller = { WX_OPENID: 'oUser1', WX_APPID: 'wxapp1' }

interface Result {
  readonly ok: boolean
  readonly token?: string
  readonly code?: string
}

const issue = async (
  context: object,
  { event = {}, environment = {} }: { event?: unknown; environment?: Readonly<Record<string, string>> } = {},
): Promise<Result> => {
  const variables = { ...configured, ...environment }
  return (await issueTickets(readTicketConfig(variables), variables)(event, context)) as Result
}

const subjectOf = ({ token = '' }: Result): unknown =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>)['sub']

describe('the user of a ticket', () => {
  test.each<[string, object]>([
    ['the JSON text of context.environment', { environment: JSON.stringify(caller) }],
    ['context.environment as an object', { environment: caller }],
    ['context.environ', { environ: 'TCB_ENV=env-1;WX_OPENID=oUser1;WX_APPID=wxapp1;TCB_SOURCE=wx_client' }],
    ['context.environ beside an environment without ids', { environment: '{"TCB_ENV":"e"}', environ: { ...caller } }],
  ])('is the one whom the platform states in %s', async (_, context) => {
    const result = await issue(context)
    expect(result).toEqual({ ok: true, token: expect.any(String), expires_in: 300 })
    expect(subjectOf(result)).toBe('wx:wxapp1:oUser1')
  })

  test('is the one of the process’s variables if the context names none', async () => {
    const environment = { ...caller, WX_CONTEXT_KEYS: 'WX_CLIENTIP,WX_OPENID, WX_APPID' }
    expect(subjectOf(await issue({}, { environment }))).toBe('wx:wxapp1:oUser1')
  })

  test('is the one of the mini program that uses the environment of another account', async () => {
    const from = { WX_FROM_OPENID: 'oGuest', WX_FROM_APPID: 'wxguest' }
    expect(subjectOf(await issue({ environment: { ...caller, ...from } }))).toBe('wx:wxguest:oGuest')
  })
})

describe('a ticket is refused', () => {
  test.each<[string, object, { event?: unknown; environment?: Readonly<Record<string, string>> }]>([
    ['without any identity', {}, {}],
    ['for what the caller sends', {}, { event: { userInfo: { openId: 'oUser1', appId: 'wxapp1' }, ...caller } }],
    ['for headers', {}, { event: { headers: { 'x-wx-openid': 'oUser1', 'x-wx-appid': 'wxapp1' } } }],
    [
      'for a call over HTTP, whatever the context holds',
      { environment: caller },
      { event: { httpMethod: 'GET', path: '/', headers: { 'x-wx-openid': 'oUser1' } } },
    ],
    ['for a signed-in user of a web page', { environment: { TCB_UUID: 'u1' } }, {}],
    [
      'for a web user after a mini-program user in the same process',
      { environment: { TCB_UUID: 'u1' } },
      { environment: { ...caller, WX_CONTEXT_KEYS: 'WX_OPENID,WX_APPID' } },
    ],
    ['for ids that an earlier call has left in the process', {}, { environment: caller }],
    ['for an openid without an appid', { environment: { WX_OPENID: 'oUser1' } }, {}],
  ])('%s (R98)', async (_, context, options) => {
    expect(await issue(context, options)).toMatchObject({ ok: false, code: 'PERMISSION_DENIED' })
  })

  test('if its ids cannot be a user id', async () => {
    const result = await issue({ environment: { ...caller, WX_OPENID: 'o:1,admin' } })
    expect(result).toMatchObject({ ok: false, code: 'INVALID_ACCESS_TOKEN' })
  })

  test.each<[string, Readonly<Record<string, string>>]>([
    ['is missing', { TICKET_SECRET: '' }],
    ['is too short', { TICKET_SECRET: 'a'.repeat(31) }],
    ['has one that is too short', { TICKET_SECRET: `${secret},short` }],
    ['has only commas', { TICKET_SECRET: ' , ,' }],
    ['has no environment beside it', { CLOUDBASE_ENV_ID: '' }],
  ])('as misconfigured if TICKET_SECRET %s, without its value', async (_, environment) => {
    const result = await issue({ environment: caller }, { environment })
    expect(result).toMatchObject({ ok: false, code: 'GATEWAY_MISCONFIGURED' })
    expect(JSON.stringify(result)).toContain('TICKET_SECRET')
    expect(JSON.stringify(result)).not.toContain('aaaa')
  })
})
