import { isObject, type JsonObject } from '../../../runtime/json.ts'
import { CallFinder } from './call-finder.ts'
import { settleDoubt } from './repeated-arguments.ts'
import {
  addArguments,
  addRest,
  createToolCall,
  hasSameArguments,
  isHeldWhole,
  isNameWhole,
  joinNames,
  openArguments,
  type ToolCall,
} from './tool-call.ts'
import { type GivenPiece, isBlank, isRedundant, listPieces, readPiece } from './tool-call-piece.ts'
import { addPiece, noPieces, type ToolPiece, ToolTurns } from './tool-turns.ts'

/** How tool calls are read. */
export interface ToolReading {
  /** Returns the names of the tools that the client offers. */
  readonly getToolNames: () => readonly string[]
  /** Throws because a tool is called that has no name. */
  readonly fail: (word: string) => never
}

interface Reading {
  /** The pieces for the client so far. */
  readonly pieces: Map<ToolCall, ToolPiece>
  readonly reading: ToolReading
}

/** The tool calls of one choice. It tells each part of a call once. A name is held back until it is whole. */
export class ToolCalls {
  private readonly known = new CallFinder()
  /** Calls that need something at the end: a name or arguments. */
  private readonly unready = new Set<ToolCall>()
  private readonly turns = new ToolTurns()
  /** Number of calls that were sent to the client. */
  size = 0

  /** Whether a text does nothing but to go on with the arguments of a call: they are an open object, and it closes none. */
  goesOn({ name, hasArguments, progress, doubt }: ToolCall, text: string): boolean {
    return name !== '' && hasArguments && !progress.complete && !doubt && !mayDoMore.test(text)
  }

  /** Adds a text that goes on with the arguments of a call. */
  goOn(call: ToolCall, text: string): boolean {
    return addArguments(call, text).added === text
  }

  /** The text of the calls that are held back. */
  getHeldText(): string {
    return this.turns.getHeldText() + [...this.unready].map(getHeldText).join('')
  }

  /** Reads the tool calls of a delta or a message. Returns the pieces for the client.
   *  @param ending whether no further piece is to come
   *  @throws what `fail` throws, if a call has arguments but no name at the end */
  read(given: unknown, reading: ToolReading, ending: boolean): readonly ToolPiece[] {
    const isLast = ending && this.unready.size > 0
    if (!given && !isLast) return noPieces
    const pieces = new Map<ToolCall, ToolPiece>()
    const named = new Set<ToolCall>()
    for (const listed of listPieces(given)) this.take(readPiece(listed), named, { pieces, reading })
    if (ending) this.finish(pieces, reading)
    return this.turns.take(pieces, ending)
  }

  /** @param named calls that the same list has named before */
  private take(piece: GivenPiece, named: Set<ToolCall>, { pieces, reading }: Reading): void {
    const found = this.known.find(piece, named)
    if (!found) this.finish(pieces, reading, isHeldWhole)
    const call = found ?? this.open(piece)
    this.known.remember(call, piece)
    if (piece.name !== '') named.add(call)
    this.append(call, piece, { pieces, reading })
  }

  private open({ id }: GivenPiece): ToolCall {
    const call = createToolCall(id, this.known.has(id))
    this.unready.add(call)
    return call
  }

  private append(call: ToolCall, piece: GivenPiece, { pieces, reading }: Reading): void {
    const before = call.name
    if (before === '' || call.arguments === '') call.name = joinNames(before, piece.name)
    const { added, rest } = piece.isCustom ? addInput(call, piece.arguments) : addArguments(call, piece.arguments)
    if (call.doubt) this.unready.add(call)
    else if (call.name !== '' && call.hasArguments) this.unready.delete(call)
    const told = this.tell(call, piece, { added, before, reading })
    if (told) addPiece(pieces, told)
    if (rest !== '') this.split(call, rest, pieces)
  }

  /** The client's part of a piece whose arguments have been added to its call. */
  private tell(call: ToolCall, piece: GivenPiece, { added, before, reading }: Added): ToolPiece | undefined {
    const { fields } = piece
    if (!call.begun) {
      call.held = call.held ? { ...call.held, ...fields } : fields
      return !call.heldAs && isNameWhole(call, piece, reading.getToolNames) ? this.begin(call, call.held) : undefined
    }
    const name = call.name === before ? undefined : call.name
    if (added === '' && name === undefined && isRedundant(piece)) return undefined
    return { fields, call, isFirst: false, name, arguments: added }
  }

  /** Opens a call of the same tool for each object that follows the arguments of a call. An object that repeats them is
   *  dropped. */
  private split(call: ToolCall, text: string, pieces: Map<ToolCall, ToolPiece>): void {
    for (let found = addRest(call, text); found; found = addRest(call, found.rest)) {
      const { call: next } = found
      if (!call.begun || next.heldAs || [call, ...call.split].some((one) => hasSameArguments(one, next))) continue
      call.split.push(next)
      pieces.set(next, this.begin(next, {}))
    }
  }

  private begin(call: ToolCall, fields: JsonObject): ToolPiece {
    call.begun = true
    call.index = this.size
    this.size += 1
    return { fields, call, isFirst: true, name: call.name, arguments: call.heldAs ? '' : call.arguments }
  }

  /** Adds what calls lack at the end: a name or arguments that were held back, and `{}` for arguments that never came,
   *  because clients parse them. A call without a name and arguments is none. */
  private finish(pieces: Map<ToolCall, ToolPiece>, reading: ToolReading, isMeant = (_call: ToolCall) => true): void {
    for (const call of [...this.unready].filter(isMeant)) {
      const piece = this.complete(call, pieces.get(call), reading)
      if (piece) pieces.set(call, piece)
      call.heldAs = undefined
      call.isFinished = true
      this.unready.delete(call)
    }
  }

  /** Completes a call in its piece of this chunk, or in one of its own. Returns undefined if nothing is to be added. */
  private complete(call: ToolCall, piece: ToolPiece | undefined, reading: ToolReading): ToolPiece | undefined {
    if (!call.begun && call.name === '' && !call.hasArguments && !call.heldAs) return undefined
    if (call.name === '') call.name = getOnlyName(reading)
    const begun = call.begun ? piece : this.begin(call, call.held ?? {})
    const rest = settleDoubt(call)
    if (rest === '' && (call.hasArguments || isObject(call.held?.['custom']))) return begun
    const last = begun ?? { fields: {}, call, isFirst: false, name: undefined, arguments: '' }
    last.arguments += call.hasArguments ? rest : openArguments(call)
    return last
  }
}

/** A closing bracket, or an object, which may say all arguments again. */
const mayDoMore = /^\s*\{|[}\]]/

/** The text of a call that the client has not got. */
const getHeldText = ({ begun, heldAs, doubt, name, arguments: text }: ToolCall): string => {
  if (doubt) return doubt.added
  return (begun ? '' : name) + (!begun || heldAs ? text : '')
}

/** The part that a piece adds to its call. */
interface Added {
  /** The arguments for the client. */
  readonly added: string
  /** The name that the call had before. */
  readonly before: string
  readonly reading: ToolReading
}

/** Adds text to the input of a custom tool. */
const addInput = (call: ToolCall, text: string): ReturnType<typeof addArguments> => {
  call.arguments += text
  call.hasArguments ||= !isBlank(text)
  return { added: text, rest: '' }
}

/** The name of the only tool that the client offers. */
const getOnlyName = ({ getToolNames, fail }: ToolReading): string => {
  const [only, ...others] = getToolNames()
  return only === undefined || others.length > 0 ? fail('malformed_tool_call') : only
}
