import { randomUUID } from 'node:crypto'
import type { Call } from '../../protocol/call.ts'
import type { Route } from '../../protocol/route.ts'
import type { JsonObject } from '../../runtime/json.ts'

/** What names an answer, the same in every chunk of a stream. `created` is unix time in seconds. */
export interface Identity {
  readonly id: string
  readonly created: number
  readonly model: string
}

/** The identity of an answer: the provider's own, made up where it has none. The model is called as the client calls it
 *  where the route gave it another name for the provider. */
export const resolveIdentity = ({ id, created, model }: JsonObject, route: Route, call: Call): Identity => ({
  id: typeof id === 'string' && id !== '' ? id : `${idPrefix[call.operation]}-${randomUUID()}`,
  created: isTime(created) ? created : Math.floor(Date.now() / 1000),
  model: route.upstreamModel === call.model && typeof model === 'string' && model !== '' ? model : call.model,
})

const idPrefix = { 'chat/completions': 'chatcmpl', completions: 'cmpl' } as const

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0
