import type { JsonObject } from '../../runtime/json.ts'
import { JsonProgress } from '../../runtime/json-progress.ts'

/** The kinds of blocks that a chat makes, with the delta of each. */
const deltas = {
  thinking: (text: string) => ({ type: 'thinking_delta', thinking: text }),
  text: (text: string) => ({ type: 'text_delta', text }),
  tool_use: (text: string) => ({ type: 'input_json_delta', partial_json: text }),
} as const

/** The kind of a block. */
export type BlockKind = keyof typeof deltas

/** A block that has begun, or waits until those before it are over. */
interface QueuedBlock {
  readonly kind: BlockKind
  /** Its `content_block` at the start. */
  readonly content: JsonObject
  /** The delta before its end. */
  readonly last: JsonObject | undefined
  waiting: string
  isOpen: boolean
  /** Whether nothing is to be added: a text is over when another block begins, a tool call when its JSON is. */
  isOver: boolean
  /** Whether the input of a tool has begun, as an object. */
  hasJson: boolean
  readonly progress: JsonProgress
}

/** The blocks of a message in the order in which they begin. One is open at a time, as clients expect: the pieces of
 *  tool calls that run side by side wait for the calls before them. */
export class BlockQueue {
  private readonly blocks: QueuedBlock[] = []
  private readonly calls = new Map<number, QueuedBlock>()
  private index = 0
  /** Whether a block has begun. */
  hasBlocks = false

  /** Whether a tool call has begun. */
  get callsTools(): boolean {
    return this.calls.size > 0
  }

  /** Adds to the text or the thought that is the latest block, or begins one. */
  addText(kind: 'text' | 'thinking', text: string, last?: JsonObject): void {
    if (text === '') return
    const latest = this.blocks.at(-1)
    const content = kind === 'text' ? { type: kind, text: '' } : { type: kind, thinking: '', signature: '' }
    const block = latest?.kind === kind && !latest.isOver ? latest : this.begin(kind, content, last)
    block.waiting += text
  }

  /** Begins a text that stays empty: clients expect a block. */
  addEmptyText(): void {
    this.begin('text', { type: 'text', text: '' })
  }

  /** Adds to a tool call, or begins it. Text that begins as no object comes in one piece, and is left out: the input of such a call
   *  is empty in a whole message, too.
   *  @param content its `content_block`, in its first piece */
  addCall(index: number, text: string, content: JsonObject): void {
    const block = this.calls.get(index) ?? this.begin('tool_use', content)
    this.calls.set(index, block)
    block.hasJson ||= /^\s*\{/.test(text)
    if (!block.hasJson) return
    block.waiting += text
    block.progress.add(text)
    block.isOver ||= block.progress.complete
  }

  private begin(kind: BlockKind, content: JsonObject, last?: JsonObject): QueuedBlock {
    const latest = this.blocks.at(-1)
    if (latest && latest.kind !== 'tool_use') latest.isOver = true
    const block = {
      ...{ kind, content, last, waiting: '', isOpen: false, isOver: false, hasJson: false },
      progress: new JsonProgress(),
    }
    this.blocks.push(block)
    this.hasBlocks = true
    return block
  }

  /** Ends the tool calls, whether their JSON is complete or not. */
  endCalls(): void {
    for (const block of this.blocks) block.isOver ||= block.kind === 'tool_use'
  }

  /** Takes the events that can be sent now. The last block stays open until another one begins.
   *  @param isEnd whether none is to come, so that all blocks end */
  takeEvents(isEnd: boolean): JsonObject[] {
    const events: JsonObject[] = []
    for (let [block] = this.blocks; block; [block] = this.blocks) {
      events.push(...this.write(block))
      const isLast = this.blocks.length === 1
      if (isLast ? !isEnd : !block.isOver) break
      const { index } = this
      if (block.last) events.push({ type: 'content_block_delta', index, delta: block.last })
      events.push({ type: 'content_block_stop', index })
      this.index += 1
      this.blocks.shift()
    }
    return events
  }

  private write(block: QueuedBlock): JsonObject[] {
    const { index } = this
    const { kind, content, waiting, isOpen } = block
    block.isOpen = true
    block.waiting = ''
    return [
      ...(isOpen ? [] : [{ type: 'content_block_start', index, content_block: content }]),
      ...(waiting === '' ? [] : [{ type: 'content_block_delta', index, delta: deltas[kind](waiting) }]),
    ]
  }
}
