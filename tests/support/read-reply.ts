import type { JsonObject } from '../../shared/runtime/json.ts'

/** What a client has of a reply at its end. */
export interface ReadReply {
  readonly text: string
  /** `stop_reason` of a message, or the status of a response with its reason. */
  readonly ending: string
  readonly usage: unknown
}

/** Reads a whole reply. */
export const readWhole = (body: JsonObject): ReadReply => {
  const items = (body['content'] ?? body['output']) as JsonObject[]
  const parts = items.flatMap(({ text, content }) => text ?? (content as JsonObject[]).map((part) => part['text']))
  return { text: parts.join(''), ending: getEnding(body), usage: body['usage'] }
}

const getEnding = ({ stop_reason, status, incomplete_details: details }: JsonObject): string =>
  [stop_reason ?? status, (details as JsonObject | null)?.['reason']].filter(Boolean).join(' ')

/** Reads a stream; its ending is `error` unless it has an end. */
export const readStream = (body: string): ReadReply => {
  const events = [...body.matchAll(/^data: (.*)$/gm)].map(([, text = '']) => JSON.parse(text) as JsonObject)
  const text = events.map(({ type, delta }) =>
    type === 'content_block_delta' ? (delta as JsonObject)['text'] : String(type).endsWith('text.delta') ? delta : '',
  )
  const ends = events.filter(({ type }) => /^(message_delta|response\.(completed|incomplete))$/.test(String(type)))
  const end = ends.at(-1)
  const { response = end, delta } = (end ?? {}) as Record<string, JsonObject | undefined>
  if (!response || !end) return { text: text.join(''), ending: 'error', usage: undefined }
  return { text: text.join(''), ending: getEnding({ ...response, ...delta }), usage: response['usage'] }
}

/** Reads a reply, whole or streamed. */
export const readReply = async (reply: Response): Promise<ReadReply> =>
  reply.headers.get('content-type')?.startsWith('text/event-stream')
    ? readStream(await reply.text())
    : readWhole((await reply.json()) as JsonObject)

/** Reads a whole reply with its status. */
export const readStatus = async (reply: Response): Promise<{ status: number; body: unknown }> => ({
  status: reply.status,
  body: await reply.json(),
})
