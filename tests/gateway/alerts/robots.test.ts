import { createHmac } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { postAlerts } from '../../../shared/gateway/flush/post-alerts.ts'
import type { Alert, AlertFacts } from '../../../shared/gateway/stores/alert-book.ts'
import { loopbackServer } from '../../../testing/servers/loopback-server.ts'
import { lookUpRobots, type RobotOptions, startChatRobots } from '../../../testing/stand-ins/chat-robots.ts'
import { onCleanup } from '../../support/on-cleanup.ts'

const refused: AlertFacts = { kind: 'key_refused', provider: 'deepseek', target: 'chat' }
const low = (user: string): AlertFacts => ({ kind: 'low_balance', user_id: user, balance: 3, bound: 50 })
const toAlert = (facts: AlertFacts, index = 0): Alert => ({ cause: `c${index}`, facts, foundAt: 1_700_000_000_000 })

const addresses = {
  WeCom: 'http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=good',
  DingTalk: 'http://oapi.dingtalk.com/robot/send?access_token=good',
  Feishu: 'http://open.feishu.cn/open-apis/bot/v2/hook/good',
  Lark: 'http://open.larksuite.com/open-apis/bot/v2/hook/good',
} as const

const start = async (options: RobotOptions = {}) => {
  const robots = await startChatRobots(options)
  onCleanup(robots.close)
  const post = (address: string, { facts = [refused], secret }: { facts?: AlertFacts[]; secret?: string } = {}) => {
    const url = new URL(address)
    url.port = String(robots.port)
    return postAlerts({ url, secret, allowPrivate: false, lookup: lookUpRobots }, facts.map(toAlert), Date.now())
  }
  return { ...robots, post }
}

describe('the robots of chat services', () => {
  test.each(Object.entries(addresses))('get alerts as a text that %s shows (R200)', async (name, address) => {
    const { post, shown } = await start()
    expect(await post(address, { facts: [refused, low('ann')] })).toHaveLength(2)
    expect(shown).toEqual([
      name === 'Lark'
        ? 'LLM gateway\ndeepseek refuses the key of chat. Replace the key.\nUser ann has 3 points left, fewer than 50.'
        : 'LLM gateway 告警\ndeepseek 拒绝了 chat 的密钥，请更换密钥。\n用户 ann 仅剩 3 积分，低于 50。',
    ])
  })

  test.each(['DingTalk', 'Feishu', 'Lark'] as const)('take a signed text of %s only with its secret', async (name) => {
    const { post, shown } = await start({ secret: 'SECrobot', keyword: 'LLM gateway' })
    await post(addresses[name], { secret: 'SECrobot' })
    expect(shown).toHaveLength(1)
    await expect(post(addresses[name], { secret: 'SECother' })).rejects.toThrow('set ALERT_WEBHOOK_SECRET')
    await expect(post(addresses[name])).rejects.toThrow('set ALERT_WEBHOOK_SECRET')
    expect(shown).toHaveLength(1)
  })

  test.each([
    [addresses.WeCom.replace('good', 'bad'), {}, 'the robot refused it (93000): ALERT_WEBHOOK_URL is not the address'],
    [addresses.WeCom, { isBusy: true }, 'the robot refused it (45009): too many messages'],
    [addresses.DingTalk.replace('good', 'bad'), {}, 'the robot refused it (300001): ALERT_WEBHOOK_URL is not'],
    [addresses.DingTalk, { keyword: 'other' }, 'the robot refused it (310000): set ALERT_WEBHOOK_SECRET, or add the'],
    [addresses.DingTalk, { isBusy: true }, 'the robot refused it (130101): too many messages'],
    [addresses.Feishu.replace('good', 'bad'), {}, 'the robot refused it (19001): ALERT_WEBHOOK_URL is not the address'],
    [addresses.Feishu, { keyword: 'other' }, 'the robot refused it (19024): add the keyword'],
    [addresses.Feishu, { isBusy: true }, 'the robot refused it (11232): too many messages'],
  ])(
    'that refuse %s with %j lead to an error that says what to do, in our own words',
    async (address, options, text) => {
      const { post } = await start(options)
      const error = await post(address).catch((thrown: Error) => thrown)
      expect(String(error)).toContain(text)
      expect(String(error)).not.toMatch(/203\.0\.113|https?:|good|bad/)
    },
  )

  test('get as many alerts as fit into a text of WeCom; the others are left for the next one', async () => {
    const { post, shown } = await start()
    const posted = await post(addresses.WeCom, {
      facts: Array.from({ length: 20 }, (_, index) => low('长'.repeat(300) + index)),
    })
    expect(posted.length).toBeGreaterThanOrEqual(5)
    expect(posted.length).toBeLessThan(20)
    expect(shown[0]?.split('\n')).toHaveLength(posted.length + 1)
    expect(Buffer.byteLength(shown[0] ?? '')).toBeLessThanOrEqual(2_048)
  })

  test('are given no tags and line breaks of a name, which they could take for orders', async () => {
    const { post, shown } = await start()
    await post(addresses.Feishu, { facts: [low('<at user_id="all">all</at>\nkey')] })
    expect(shown[0]).not.toMatch(/[<>]/)
    expect(shown[0]?.split('\n')).toHaveLength(2)
  })
})

describe('any other receiver', () => {
  test('gets JSON with all facts, signed as Standard Webhooks define (R200)', async () => {
    const received: { body: string; headers: NodeJS.Dict<string | string[]> }[] = []
    const server = await loopbackServer(async (request, response) => {
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece as Buffer)
      received.push({ body: Buffer.concat(pieces).toString(), headers: request.headers })
      response.end('thanks')
    })
    onCleanup(server.close)
    const receiver = { url: new URL(server.url), secret: 'a secret', allowPrivate: true }
    await postAlerts(receiver, [toAlert(low('ann'))], 1_700_000_005_000)
    const { body = '', headers = {} } = received[0] ?? {}
    expect(JSON.parse(body)).toEqual({
      type: 'alerts',
      ts: 1_700_000_005,
      alerts: [
        {
          ...{ cause: 'c0', ...low('ann'), ts: 1_700_000_000 },
          message: 'User ann has 3 points left, fewer than 50.',
          message_zh: '用户 ann 仅剩 3 积分，低于 50。',
        },
      ],
    })
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const signature = createHmac('sha256', 'a secret').update(signed).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${signature}`)
  })

  test.each([
    'http://127.0.0.1',
    'http://localhost',
    'http://169.254.0.23',
    'http://[::1]',
    'http://10.1.2.3',
    'http://db',
  ])('is refused at %s unless private addresses are allowed, and gets no request (R201)', async (address) => {
    let requests = 0
    const server = await loopbackServer((_, response) => {
      requests++
      response.end()
    })
    onCleanup(server.close)
    const url = new URL(address)
    url.port = String(server.port)
    const post = postAlerts({ url, secret: undefined, allowPrivate: false }, [toAlert(refused)], Date.now())
    await expect(post).rejects.toThrow('ALERT_WEBHOOK_URL is at a private address')
    expect(requests).toBe(0)
  })

  test('is named in an error without its address if it redirects, refuses or hangs up', async () => {
    let status = 302
    const server = await loopbackServer((_, response) => {
      if (status === 0) response.destroy()
      else response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('secret text')
    })
    onCleanup(server.close)
    const post = () =>
      postAlerts({ url: new URL(server.url), secret: undefined, allowPrivate: true }, [toAlert(refused)], Date.now())
    await expect(post()).rejects.toThrow(/^the receiver answered 302$/)
    status = 500
    await expect(post()).rejects.toThrow(/^the receiver answered 500$/)
    status = 0
    await expect(post()).rejects.toThrow(/^the receiver did not answer \(ECONNRESET\)$/)
  })
})
