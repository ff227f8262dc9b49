/** The events of a stream as a client reads them. */
export interface ReadStream {
  /** The parsed `data` of every event but `[DONE]`. */
  readonly events: readonly StreamEvent[]
  /** Number of `[DONE]` events. */
  readonly dones: number
  /** Whether `[DONE]` was the last event. */
  readonly endsWithDone: boolean
  /** All text of the first choice. */
  readonly text: string
}

/** A chunk or an error event. */
export interface StreamEvent {
  readonly id?: string
  readonly object?: string
  readonly created?: number
  readonly model?: string
  readonly choices?: readonly StreamChoice[]
  readonly usage?: { readonly total_tokens: number } | null
  readonly error?: { readonly message: string; readonly code: string | null; readonly type: string }
}

interface StreamChoice {
  readonly index: number
  readonly delta?: { readonly role?: string; readonly content?: string | null; readonly tool_calls?: unknown[] }
  readonly text?: string
  readonly finish_reason: string | null
}

/** Reads the text of an event stream. Comments are skipped. */
export const readStream = (body: string): ReadStream => {
  const data = body
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trim())
  const events = data.filter((item) => item !== '[DONE]').map((item) => JSON.parse(item) as StreamEvent)
  const firstChoices = events.flatMap(({ choices }) => choices?.filter(({ index }) => index === 0) ?? [])
  return {
    events,
    dones: data.filter((item) => item === '[DONE]').length,
    endsWithDone: data.at(-1) === '[DONE]',
    text: firstChoices.map(({ delta, text }) => delta?.content ?? text ?? '').join(''),
  }
}
