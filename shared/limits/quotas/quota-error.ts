import { GatewayError } from '../../protocol/errors.ts'
import { chinaOffsetMs } from '../../runtime/china-day.ts'
import type { QuotaRefusal } from './count.ts'
import type { QuotaSubject } from './quota.ts'
import { windows } from './windows.ts'

/** Completes "20 requests a day …". */
const subjectWords: Readonly<Record<QuotaSubject, string>> = {
  user: 'for each user',
  key: 'for each key',
  group: 'for each group',
  model: 'for each model',
  environment: 'for all users together',
}

/** Creates the error of a call that a quota refuses: 429 `quota_exceeded`, with the name of the quota. `retry-after` is left
 *  out if waiting does not help. OpenAI's clients do not repeat it (openai-node 6.49, `shouldRetry`). */
export const toQuotaError = ({ quota, amount, freeAt }: QuotaRefusal, now: number): GatewayError => {
  const { name, unit, window, per, limit } = quota
  const seconds = freeAt === undefined ? undefined : Math.max(1, Math.ceil((freeAt - now) / 1_000))
  const rule = `'${name}' allows ${limit} ${unit} ${windows[window].words} ${subjectWords[per]}`
  const headers = {
    'x-should-retry': 'false',
    'x-quota': name,
    ...(seconds !== undefined && { 'retry-after': String(seconds) }),
  }
  const message = `The quota ${rule}. ${getAdvice({ quota, amount, freeAt }, seconds)}`
  return new GatewayError(429, 'quota_exceeded', message, { headers, log: { quota: name } })
}

const getAdvice = ({ quota: { unit, limit }, amount, freeAt }: QuotaRefusal, seconds: number | undefined): string => {
  const counts = unit === 'requests' ? 'counts as' : 'may use up to'
  const lower = unit === 'requests' ? '' : " Shorten the prompt, or lower 'max_tokens'."
  if (amount > limit) return `This call ${counts} ${amount}.${lower}`
  const full = amount === 1 ? 'It is used up.' : `This call ${counts} ${amount}, and fewer are left.`
  if (freeAt === undefined) return `${full} Ask the operator for more: this quota has no end.${lower}`
  return `${full} Try again from ${toChinaTime(freeAt)}, in ${seconds} seconds.${lower}`
}

/** Formats a time as in China: `2026-11-30T00:00:00+08:00`. */
const toChinaTime = (time: number): string =>
  `${new Date(Math.ceil(time / 1_000) * 1_000 + chinaOffsetMs).toISOString().slice(0, 19)}+08:00`
