import type { TmsOptions } from '../../safety/services/tencent-tms.ts'
import type { WebhookOptions } from '../../safety/services/webhook.ts'
import type { WechatOptions } from '../../safety/services/wechat-token.ts'
import { createDefinitionConfig, type DefinitionConfig } from './definition-config.ts'
import { moderationVariables } from './variables/moderation-variables.ts'
import { describeProblem, readVariables, type ValuesOf, type Variables } from './variables/variable.ts'

/** Where the variables of content safety are read when they are needed. Undefined: nothing is checked. */
export type ModerationSource =
  | {
      readonly environment: Variables
      /** Time between two looks at the file of words, in milliseconds. */
      readonly ttlMs: number
    }
  | undefined

/** The options of content safety. */
export interface ModerationConfig {
  /** What checks texts; undefined: `MODERATION` is wrong, and nothing can be checked. */
  readonly checker: 'words' | 'tms' | 'wechat' | 'webhook' | undefined
  /** Which answers are checked. */
  readonly answers: 'off' | 'window' | 'whole'
  /** Whether calls are served whose texts could not be checked. */
  readonly failOpen: boolean
  /** The sentence that stands in for a blocked reply; undefined: an error does. */
  readonly refusal: string | undefined
  /** The list of words; undefined: there is none. */
  readonly words: DefinitionConfig | undefined
  /** The service that checks texts; undefined: none does, or its options are not complete. */
  readonly service: ServiceConfig | undefined
  /** The longest time of its checks, in milliseconds. */
  readonly timeoutMs: number
  /** The faults, one sentence each. */
  readonly problems: readonly string[]
}

/** A service and its options. */
export type ServiceConfig =
  | { readonly kind: 'tms'; readonly options: TmsOptions }
  | { readonly kind: 'wechat'; readonly options: WechatOptions }
  | { readonly kind: 'webhook'; readonly options: WebhookOptions }

type Values = ValuesOf<typeof moderationVariables>

/** Reads the options of content safety. */
export const readModerationConfig = ({ environment, ttlMs }: NonNullable<ModerationSource>): ModerationConfig => {
  const { values, problems } = readVariables(moderationVariables, environment)
  const { MODERATION: kind, MODERATION_WORDS: text, MODERATION_WORDS_FILE: file } = values
  const checker = kind === 'off' ? undefined : kind
  const service = checker && checker !== 'words' ? readService(checker, values) : undefined
  const isIncomplete = checker !== undefined && checker !== 'words' && service === undefined
  return {
    checker,
    answers: values.MODERATION_ANSWERS ?? 'off',
    failOpen: values.MODERATION_FAIL_OPEN,
    refusal: values.MODERATION_REFUSAL,
    words: createDefinitionConfig({ text: checker === 'words' ? (text ?? '') : text, file, ttlMs }),
    service,
    timeoutMs: values.MODERATION_TIMEOUT,
    problems: [
      ...problems.map(describeProblem),
      ...(isIncomplete ? [`MODERATION=${checker} needs ${needs[checker]}.`] : []),
    ],
  }
}

/** What each service cannot do without. */
const needs = {
  tms: 'TMS_SECRET_ID and TMS_SECRET_KEY',
  wechat: 'WECHAT_APPID and WECHAT_SECRET',
  webhook: 'MODERATION_WEBHOOK_URL',
} as const

const readService = (kind: keyof typeof needs, values: Values): ServiceConfig | undefined => {
  const { MODERATION_TIMEOUT: timeoutMs, MODERATION_WEBHOOK_URL: url, MODERATION_WEBHOOK_TOKEN: token } = values
  const { WECHAT_APPID: appId, WECHAT_SECRET: secret, WECHAT_ORIGIN: wechat, TMS_ORIGIN: tms } = values
  if (kind === 'webhook') return url === undefined ? undefined : { kind, options: { url, token, timeoutMs } }
  if (kind === 'wechat')
    return appId && secret && wechat ? { kind, options: { origin: wechat, appId, secret, timeoutMs } } : undefined
  const { TMS_SECRET_ID: secretId, TMS_SECRET_KEY: secretKey, TMS_REGION: region, TMS_BIZ_TYPE: bizType } = values
  if (!secretId || !secretKey || !tms) return undefined
  return { kind, options: { origin: tms, region, key: { secretId, secretKey }, bizType, timeoutMs } }
}
