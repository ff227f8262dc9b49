/** An event of Anthropic's wire. */
export interface MessageEvent {
  readonly type: string
  readonly index?: number
  readonly content_block?: Readonly<Record<string, unknown>>
  readonly delta?: Readonly<Record<string, unknown>>
  readonly message?: Readonly<Record<string, unknown>>
  readonly usage?: Readonly<Record<string, unknown>>
  readonly error?: { readonly type: string; readonly message: string }
}

/** A block as a client has it at the end. */
export interface ReadBlock {
  readonly type: string
  /** Its text, its thought, or its input as JSON. */
  text: string
  readonly name?: unknown
  readonly id?: unknown
  signature?: unknown
}

/** What a strict client makes of a stream. */
export interface ReadMessage {
  readonly events: readonly MessageEvent[]
  readonly blocks: readonly ReadBlock[]
  readonly stopReason: unknown
  readonly usage: MessageEvent['usage']
  readonly error: MessageEvent['error']
  /** Whether `message_stop` came. */
  readonly complete: boolean
}

/** The block and the field of each delta. */
const deltaKinds: Readonly<Record<string, readonly [block: string, field: string]>> = {
  thinking_delta: ['thinking', 'thinking'],
  signature_delta: ['thinking', 'signature'],
  text_delta: ['text', 'text'],
  input_json_delta: ['tool_use', 'partial_json'],
}

/** The events that may follow an event, beside `error`. */
const followers: Readonly<Record<string, RegExp>> = {
  nothing: /^message_start$/,
  message_start: /^(content_block_start|message_delta)$/,
  content_block_start: /^content_block_(delta|stop)$/,
  content_block_delta: /^content_block_(delta|stop)$/,
  content_block_stop: /^(content_block_start|message_delta)$/,
  message_delta: /^message_stop$/,
  message_stop: /^$/,
  error: /^$/,
}

/** Follows a stream. */
class MessageReader {
  readonly blocks: ReadBlock[] = []
  last: MessageEvent | undefined

  read(event: MessageEvent): void {
    if (event.type === 'ping') return
    const expected = followers[this.last?.type ?? 'nothing']
    this.expectThat(expected?.test(event.type) === true || (event.type === 'error' && !this.hasEnded), event)
    if (event.type === 'content_block_start') this.start(event)
    else if (event.type.startsWith('content_block')) this.go(event)
    this.last = event
  }

  private get hasEnded(): boolean {
    return this.last?.type === 'message_stop' || this.last?.type === 'error'
  }

  private start(event: MessageEvent): void {
    this.expectThat(event.index === this.blocks.length, event)
    const { type, name, id, text, thinking } = event.content_block ?? {}
    this.blocks.push({
      type: String(type),
      text: String(text ?? thinking ?? ''),
      ...(name !== undefined && { name }),
      ...(id !== undefined && { id }),
    })
  }

  private go(event: MessageEvent): void {
    const { index, type, delta } = event
    const block = this.blocks.at(-1)
    this.expectThat(index === this.blocks.length - 1, event)
    if (!block || type === 'content_block_stop') return
    const [kind, field = ''] = deltaKinds[String(delta?.['type'])] ?? []
    this.expectThat(block.type === kind && block.signature === undefined, event)
    if (field === 'signature') block.signature = delta?.['signature']
    else block.text += String(delta?.[field])
  }

  private expectThat(holds: boolean, event: MessageEvent): void {
    if (!holds) throw new Error(`unexpected ${JSON.stringify(event)} after ${JSON.stringify(this.last)}`)
  }
}

const parseFrame = (frame: string): MessageEvent => {
  const [, name, data = 'null'] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? []
  const event = JSON.parse(data) as MessageEvent | null
  if (!event || event.type !== name) throw new Error(`no event: ${frame}`)
  return event
}

/** Reads a stream by the rules of Anthropic's client library (`lib/MessageStream.ts`), and stricter: throws if an event is out
 *  of order, an index has a hole, two blocks are open, or the name of an event is not its type. */
export const readMessage = (body: string): ReadMessage => {
  const frames = body.split('\n\n').filter((text) => text !== '' && !text.startsWith(':'))
  const events = frames.map(parseFrame)
  const reader = new MessageReader()
  for (const event of events) reader.read(event)
  const end = events.find(({ type }) => type === 'message_delta')
  return {
    events,
    blocks: reader.blocks,
    stopReason: end?.delta?.['stop_reason'],
    usage: end?.usage,
    error: events.find(({ type }) => type === 'error')?.error,
    complete: reader.last?.type === 'message_stop',
  }
}
