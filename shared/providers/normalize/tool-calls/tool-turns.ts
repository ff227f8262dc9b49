import { isObject, type JsonObject } from '../../../runtime/json.ts'
import type { ToolCall } from './tool-call.ts'

/** A piece of a tool call for the client. Fields that it does not repeat are undefined. */
export interface ToolPiece {
  /** The piece as the provider sent it. The rules edit it. */
  readonly fields: JsonObject
  readonly call: ToolCall
  /** Whether it is the first piece of its call for the client. The id and the type are in this one only. */
  readonly isFirst: boolean
  /** The name of the tool, in the first piece; later only if the provider changed it. */
  name: string | undefined
  /** The arguments that the piece adds, as JSON text, or the input of a custom tool. */
  arguments: string
}

/** No pieces. */
export const noPieces: readonly ToolPiece[] = []

/** Gives the client the calls of a choice one after another. */
export class ToolTurns {
  /** The pieces that wait for the end of the current call. */
  private readonly waiting = new Map<ToolCall, ToolPiece>()
  private current: ToolCall | undefined

  /** The arguments that wait. */
  getHeldText(): string {
    return [...this.waiting.values()].map((piece) => piece.arguments).join('')
  }

  /** The pieces that the client gets now. Official clients take a call for complete when a piece of another one comes, so a call waits
   *  until the one before it is complete. */
  take(pieces: ReadonlyMap<ToolCall, ToolPiece>, ending: boolean): readonly ToolPiece[] {
    for (const piece of pieces.values()) addPiece(this.waiting, piece)
    const told: ToolPiece[] = []
    for (const piece of [...this.waiting.values()].sort((one, other) => one.call.index - other.call.index)) {
      if (!ending && this.current && this.current !== piece.call && !isComplete(this.current)) break
      this.waiting.delete(piece.call)
      this.current = piece.call
      told.push(piece)
    }
    return told
  }
}

/** Whether nothing is to come of a call. The input of a custom tool may end anywhere. */
const isComplete = ({ progress, isFinished, held }: ToolCall): boolean =>
  progress.complete || isFinished || isObject(held?.['custom'])

/** Adds a piece to those of a list. Two pieces of one call are one. */
export const addPiece = (pieces: Map<ToolCall, ToolPiece>, piece: ToolPiece): void => {
  const known = pieces.get(piece.call)
  if (!known) {
    pieces.set(piece.call, piece)
    return
  }
  known.arguments += piece.arguments
  known.name = piece.name ?? known.name
}
