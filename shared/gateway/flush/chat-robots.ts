import { createHmac } from 'node:crypto'
import type { AlertText } from './alert-texts.ts'

/** A post, and what its signature adds. */
export interface SignedPost {
  readonly body: object
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

/** A robot of a chat service. */
export interface Robot {
  readonly hosts: readonly string[]
  readonly language: keyof AlertText
  readonly toBody: (text: string) => object
  /** Undefined: the service signs nothing. */
  readonly sign?: (body: object, secret: string, now: number) => SignedPost
  /** The field of the reply that is 0 if the robot took the text. */
  readonly codeField: 'errcode' | 'code'
  /** What to do about its codes. */
  readonly help: Readonly<Record<string, string>>
}

const rateHelp = 'too many messages; the next run tries again'
const tokenHelp = 'ALERT_WEBHOOK_URL is not the address of a robot; copy it again'

/** WeCom, developer documentation, "Group robots" and "Global error codes". */
const wecom: Robot = {
  hosts: ['qyapi.weixin.qq.com'],
  language: 'zh',
  toBody: (content) => ({ msgtype: 'text', text: { content } }),
  codeField: 'errcode',
  help: { 93000: tokenHelp, 45009: rateHelp },
}

/** DingTalk, developer documentation, "Custom robots": the signature is part of the address. */
const dingtalk: Robot = {
  hosts: ['oapi.dingtalk.com', 'api.dingtalk.com'],
  language: 'zh',
  toBody: (content) => ({ msgtype: 'text', text: { content } }),
  sign: (body, secret, now) => {
    const sign = createHmac('sha256', secret).update(`${now}\n${secret}`).digest('base64')
    return { body, query: { timestamp: String(now), sign } }
  },
  codeField: 'errcode',
  help: {
    310000: 'set ALERT_WEBHOOK_SECRET, or add the keyword "LLM gateway" to the robot, and no list of addresses',
    300001: tokenHelp,
    300005: tokenHelp,
    130101: rateHelp,
    410100: rateHelp,
  },
}

/** Feishu and Lark, developer documentation, "Custom bots": the signature is part of the body, and its key is the text. */
const feishu = (hosts: readonly string[], language: keyof AlertText): Robot => ({
  hosts,
  language,
  toBody: (text) => ({ msg_type: 'text', content: { text } }),
  sign: (body, secret, now) => {
    const timestamp = String(Math.floor(now / 1_000))
    const sign = createHmac('sha256', `${timestamp}\n${secret}`).digest('base64')
    return { body: { timestamp, sign, ...body } }
  },
  codeField: 'code',
  help: {
    19001: tokenHelp,
    19021: 'set ALERT_WEBHOOK_SECRET to the secret of the robot',
    19022: 'the robot permits other addresses only; remove its list',
    19024: 'add the keyword "LLM gateway" to the robot',
    9499: rateHelp,
    11232: rateHelp,
  },
})

const robots: readonly Robot[] = [
  wecom,
  dingtalk,
  feishu(['open.feishu.cn'], 'zh'),
  feishu(['open.larksuite.com'], 'en'),
]

/** Finds the robot that a URL belongs to, by its host; undefined: its receiver takes plain JSON. */
export const findRobot = ({ hostname }: URL): Robot | undefined => robots.find(({ hosts }) => hosts.includes(hostname))
