import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { LookupFunction } from 'node:net'
import { loopbackServer } from '../servers/loopback-server.ts'

/** The robots of a chat service, on loopback. They reply as the services do: always 200, and a code in the body. */
export interface ChatRobots {
  /** The port. Robots have names of the public internet; {@link lookUpRobots} leads them here. */
  readonly port: number
  /** The texts that a chat shows, in order. */
  readonly shown: readonly string[]
  /** Every path that was posted to. */
  readonly paths: readonly string[]
  readonly close: () => Promise<void>
}

/** The state of the robots. */
export interface RobotOptions {
  /** The robots of DingTalk and Feishu want texts signed with it. */
  readonly secret?: string
  /** The robots of DingTalk and Feishu want this word in each text. */
  readonly keyword?: string
  /** Whether too many messages have come. */
  readonly isBusy?: boolean
}

/** Leads every name to loopback. */
export const lookUpRobots: LookupFunction = (_, { all }, callback) =>
  all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)

interface Received {
  readonly url: URL
  readonly body: Record<string, unknown>
}

/** A reply of a service, and the text that the chat shows; undefined: none. */
type Respond = (received: Received, options: RobotOptions) => { reply: object; text?: string | undefined }

const hour = 3_600_000
const isRecent = (milliseconds: number): boolean => Math.abs(Date.now() - milliseconds) < hour
const readText = (value: unknown): string => String((value as { content?: string; text?: string } | undefined)?.content)

/** WeCom, "Group robots": a text has up to 2,048 bytes. */
const wecom: Respond = ({ url, body }, { isBusy }) => {
  const hint =
    'hint: [1700000000_1_0], from ip: 203.0.113.9, more info at https://open.work.weixin.qq.com/devtool/query'
  const refuse = (errcode: number, errmsg: string) => ({ reply: { errcode, errmsg: `${errmsg}, ${hint}` } })
  if (url.searchParams.get('key') !== 'good') return refuse(93000, 'invalid webhook url')
  if (isBusy) return refuse(45009, 'api freq out of limit')
  const text = readText(body['text'])
  if (body['msgtype'] !== 'text') return refuse(40008, 'invalid message type')
  if (Buffer.byteLength(text) > 2_048) return refuse(40058, 'text.content exceed max length 2048')
  return { reply: { errcode: 0, errmsg: 'ok' }, text }
}

/** DingTalk, "Custom robots": HMAC-SHA256 of `timestamp\nsecret` under the secret, in the address. */
const dingtalk: Respond = ({ url, body }, { secret, keyword, isBusy }) => {
  const more = 'more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]'
  const refuse = (errcode: number, errmsg: string) => ({ reply: { errcode, errmsg } })
  if (url.searchParams.get('access_token') !== 'good') return refuse(300001, 'token is not exist')
  if (isBusy) return refuse(130101, 'send too fast, exceed 20 times per minute')
  const timestamp = url.searchParams.get('timestamp') ?? ''
  const sign = secret && createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
  if (sign && !isRecent(Number(timestamp))) return refuse(310000, `invalid timestamp, ${more}`)
  if (sign && url.searchParams.get('sign') !== sign) return refuse(310000, `sign not match, ${more}`)
  const text = readText(body['text'])
  if (keyword && !text.includes(keyword)) return refuse(310000, `keywords not in content, ${more}`)
  return { reply: { errcode: 0, errmsg: 'ok' }, text }
}

/** Feishu, "Custom bots": HMAC-SHA256 of nothing under `timestamp\nsecret`, in the body. */
const feishu: Respond = ({ url, body }, { secret, keyword, isBusy }) => {
  const refuse = (code: number, msg: string) => ({ reply: { code, data: {}, msg } })
  if (url.pathname !== '/open-apis/bot/v2/hook/good')
    return refuse(19001, 'param invalid: incoming webhook access token invalid')
  if (isBusy) return refuse(11232, 'frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]')
  const timestamp = String(body['timestamp'])
  const sign = secret && createHmac('sha256', `${timestamp}\n${secret}`).digest('base64')
  if (sign && (body['sign'] !== sign || !isRecent(Number(timestamp) * 1_000)))
    return refuse(19021, 'sign match fail or timestamp is not within one hour from current time')
  const text = String((body['content'] as { text?: string } | undefined)?.text)
  if (keyword && !text.includes(keyword)) return refuse(19024, 'Key Words Not Found')
  return { reply: { StatusCode: 0, StatusMessage: 'success', code: 0, data: {}, msg: 'success' }, text }
}

const services: Readonly<Record<string, Respond>> = {
  'qyapi.weixin.qq.com/cgi-bin/webhook/send': wecom,
  'oapi.dingtalk.com/robot/send': dingtalk,
  'open.feishu.cn/open-apis/bot/v2/hook/': feishu,
  'open.larksuite.com/open-apis/bot/v2/hook/': feishu,
}

/** Starts the robots of all services. */
export const startChatRobots = async (options: RobotOptions = {}): Promise<ChatRobots> => {
  const shown: string[] = []
  const paths: string[] = []
  const server = await loopbackServer(async (request, response) => {
    const received = await receive(request)
    paths.push(received.url.pathname)
    const place = received.url.hostname + received.url.pathname
    const [, respond] = Object.entries(services).find(([start]) => place.startsWith(start)) ?? []
    if (!respond) return void response.writeHead(404).end()
    const { reply, text } = respond(received, options)
    if (text !== undefined) shown.push(text)
    response.setHeader('content-type', 'application/json').end(JSON.stringify(reply))
  })
  return { port: server.port, shown, paths, close: server.close }
}

const receive = async (request: IncomingMessage): Promise<Received> => {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  const bytes = Buffer.concat(pieces)
  return {
    url: new URL(request.url ?? '', `http://${request.headers.host}`),
    body: JSON.parse(bytes.toString()) as Record<string, unknown>,
  }
}
