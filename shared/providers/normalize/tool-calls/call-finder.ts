import { continuesCall, continuesUnderNewId, type ToolCall } from './tool-call.ts'
import type { GivenPiece } from './tool-call-piece.ts'

/** Finds the call that a piece belongs to, however the provider names it. */
export class CallFinder {
  private readonly byId = new Map<string, ToolCall>()
  private readonly byIndex = new Map<number, ToolCall>()
  private last: ToolCall | undefined

  /** Whether a piece has named a call by an id. */
  has(id: string): boolean {
    return this.byId.has(id)
  }

  /** Finds the call that a piece goes on with. Returns undefined if it begins another.
   *  @param named calls that the same list has named before */
  find(piece: GivenPiece, named: ReadonlySet<ToolCall>): ToolCall | undefined {
    const known = this.byId.get(piece.id)
    const call = known ?? this.findNearest(piece)
    if (!call) return undefined
    const isRepeated = piece.name === call.name && piece.arguments === call.arguments
    if (piece.name !== '' && named.has(call)) return known && isRepeated ? call : undefined
    if (isRepeated && (known || piece.id === '' || !call.hasGivenId)) return call
    const continues = piece.id !== '' && !known ? continuesUnderNewId : continuesCall
    return continues(call, piece, known !== undefined) ? call : undefined
  }

  private findNearest({ index, id, name }: GivenPiece): ToolCall | undefined {
    const known = index === undefined ? this.last : this.byIndex.get(index)
    return known ?? (id === '' && name === '' ? this.last : undefined)
  }

  /** Notes that a piece belongs to a call. */
  remember(call: ToolCall, { id, index }: GivenPiece): void {
    this.last = call
    if (index !== undefined) this.byIndex.set(index, call)
    if (id === '') return
    this.byId.set(id, call)
    call.hasGivenId = true
  }
}
