import type { JsonObject } from '../../runtime/json.ts'
import { openCall } from './output-calls.ts'
import {
  type CallPiece,
  type Emit,
  type ItemStatus,
  type OpenItem,
  type OutputPiece,
  openMessage,
  openReasoning,
} from './output-items.ts'
import type { ClientView } from './tools.ts'

/** Facts that the items of a response need. */
export interface OutputOptions {
  readonly emit: Emit
  /** What makes the ids of this response unlike those of others. */
  readonly suffix: string
  /** The client's view of each tool, by its name in the chat. */
  readonly views: ReadonlyMap<string, ClientView>
  /** Makes `encrypted_content` of a thought; undefined if the client does not ask for it. */
  readonly seal: ((text: string) => string) | undefined
}

/** Builds the items of a response from pieces. One item follows the other: clients such as Codex know one open item only.
 *  What the model sends for a later item, while the arguments of a call are not whole, waits for their end. */
export class Output {
  private readonly options: OutputOptions
  private readonly items: JsonObject[] = []
  private readonly knownCalls = new Set<number>()
  private open: OpenItem | undefined
  private waiting: OutputPiece[] = []

  constructor(options: OutputOptions) {
    this.options = options
  }

  /** Adds a piece. */
  add(piece: OutputPiece): void {
    const { open } = this
    if (open?.takes(piece)) {
      open.add(piece)
      if (this.waiting.length > 0 && open.mayEnd()) this.addWaiting()
    } else if (open && !open.mayEnd()) this.waiting.push(piece)
    else this.begin(piece)
  }

  /** Ends the items and returns all of them.
   *  @param status that of the last one */
  end(status: ItemStatus): readonly JsonObject[] {
    while (this.waiting.length > 0) {
      this.close('completed')
      this.addWaiting()
    }
    this.close(status)
    return this.items
  }

  /** The items so far, of a response that broke off. */
  peek(): readonly JsonObject[] {
    return this.open ? [...this.items, this.open.peek()] : this.items
  }

  private begin(piece: OutputPiece): void {
    if (piece.kind === 'call' && (piece.name === undefined || this.knownCalls.has(piece.index))) return
    this.close('completed')
    this.open = this.openItem(piece)
    this.open.add(piece)
  }

  private openItem(piece: OutputPiece): OpenItem {
    const { emit, suffix, seal } = this.options
    const index = this.items.length
    const place = { emit, index, suffix: `${suffix}${index}` }
    if (piece.kind === 'reasoning') return openReasoning(place, seal)
    if (piece.kind !== 'call') return openMessage(place)
    this.knownCalls.add(piece.index)
    return openCall(place, piece, this.getView(piece))
  }

  /** A tool that the client does not offer is a function to it. */
  private getView({ name = '' }: CallPiece): ClientView {
    return this.options.views.get(name) ?? { kind: 'function', name }
  }

  private close(status: ItemStatus): void {
    if (this.open) this.items.push(this.open.end(status))
    this.open = undefined
  }

  private addWaiting(): void {
    const { waiting } = this
    this.waiting = []
    for (const piece of waiting) this.add(piece)
  }
}
