import { randomUUID } from 'node:crypto'
import type { TextCall } from '../../protocol/call.ts'
import type { Target } from '../../protocol/route.ts'
import type { JsonObject } from '../../runtime/json.ts'

/** The names of a response, the same in every chunk of a stream. `created` is unix time in seconds. */
export interface ResponseIdentity {
  readonly id: string
  readonly created: number
  readonly model: string
}

/** The identity of a response: the provider's own; generated if the provider sent none. If the target renames the model,
 *  the client gets its own name for it. */
export const resolveIdentity = (
  { id, created, model }: JsonObject,
  target: Target,
  call: TextCall,
): ResponseIdentity => ({
  id: typeof id === 'string' && id !== '' ? id : `${idPrefix[call.operation]}-${randomUUID()}`,
  created: toWholeSeconds(isTime(created) ? created : Date.now()),
  model: target.upstreamModel === call.model && typeof model === 'string' && model !== '' ? model : call.model,
})

const idPrefix = { 'chat/completions': 'chatcmpl', completions: 'cmpl' } as const

/** Some servers state milliseconds (mistral.rs, WebLLM). Clients in C# refuse such a year. */
const toWholeSeconds = (time: number): number => (time > maxUnixSeconds ? Math.floor(time / 1000) : time)

/** The end of the year 5138, in seconds; in milliseconds, a day of 1973. */
const maxUnixSeconds = 99_999_999_999

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0
