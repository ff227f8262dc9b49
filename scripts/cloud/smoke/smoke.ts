import OpenAI from 'openai'
import { createChatClient, type GatewayAddress } from '../../chat/chat-client.ts'
import { withTokenBound } from './with-token-bound.ts'

/** The result of one call. */
export interface SmokeResult {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

/** The gateway to call, and the model. */
export interface SmokeOptions extends GatewayAddress {
  /** Model to call; undefined: the first of the list. */
  readonly model: string | undefined
}

interface Call {
  readonly name: string
  readonly make: (client: OpenAI, model: string) => Promise<string>
}

const question = [{ role: 'user' as const, content: 'Count to 5.' }]

const calls: readonly Call[] = [
  {
    name: 'chat',
    make: async (client, model) => {
      const { choices, usage } = await withTokenBound(64, (bound) =>
        client.chat.completions.create({ model, messages: question, ...bound }),
      )
      if (choices.length === 0) throw new Error('the reply has no choices')
      return `${usage?.total_tokens ?? 'unknown'} tokens`
    },
  },
  { name: 'streamed chat', make: (client, model) => streamChat(client, model) },
  {
    name: 'completion',
    make: async (client, model) => {
      const { choices } = await withTokenBound(16, (bound) =>
        client.completions.create({ model, prompt: 'Count to 5.', ...bound }),
      )
      if (choices.length === 0) throw new Error('the reply has no choices')
      return 'ok'
    },
  },
  {
    name: 'unknown model is 404',
    make: async (client) => {
      const error: unknown = await client.chat.completions.create({ model: 'no-such-model', messages: question }).then(
        () => new Error('the call succeeded'),
        (reason: unknown) => reason,
      )
      const { status, code } = error as { status?: number; code?: string }
      if (status !== 404 || code !== 'model_not_found') throw error
      return 'model_not_found'
    },
  },
]

const streamChat = async (client: OpenAI, model: string): Promise<string> => {
  const stream = await withTokenBound(64, (bound) =>
    client.chat.completions.create({ model, messages: question, stream: true, ...bound }),
  )
  let last = performance.now()
  let maxGapMs = 0
  let pieces = 0
  for await (const _ of stream) {
    const now = performance.now()
    if (pieces > 0) maxGapMs = Math.max(maxGapMs, now - last)
    last = now
    pieces += 1
  }
  if (pieces === 0) throw new Error('the stream was empty')
  return `${pieces} pieces, longest gap ${Math.round(maxGapMs)} ms`
}

/** Calls a gateway with the official client: the list of models, then each kind of call with one model. */
export const runSmoke = async ({ url, token, adminKey, model }: SmokeOptions): Promise<SmokeResult[]> => {
  const client = createChatClient({ url, token, adminKey })
  const names: string[] = []
  const listing = await attempt('models', async () => {
    for await (const { id } of client.models.list()) names.push(id)
    if (names.length === 0) throw new Error('the list is empty')
    return names.join(', ')
  })
  const chosen = model ?? names[0]
  if (!listing.ok || chosen === undefined) return [listing]
  const results = [listing]
  for (const { name, make } of calls) results.push(await attempt(name, () => make(client, chosen)))
  return results
}

const attempt = async (name: string, call: () => Promise<string>): Promise<SmokeResult> => {
  try {
    return { name, ok: true, detail: await call() }
  } catch (error) {
    return { name, ok: false, detail: describeError(error) }
  }
}

const describeError = (error: unknown): string => {
  if (error instanceof OpenAI.APIConnectionError)
    return 'the gateway could not be reached. Check the URL, the network, and that the gateway is running.'
  return error instanceof Error ? error.message : String(error)
}
