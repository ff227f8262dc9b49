import { type ChoiceState, createChoiceState } from '../normalize/choice-state.ts'

/** The choices of a stream, as far as they have come. */
export class StreamChoices {
  private readonly requested: number
  private readonly states = new Map<number, ChoiceState>()
  private finished = 0

  /** @param requested the number of choices that the client asked for */
  constructor(requested: number) {
    this.requested = requested
  }

  /** Whether all choices have ended, and are as many as the client asked for. */
  get complete(): boolean {
    const { size } = this.states
    return size >= this.requested && this.finished === size
  }

  /** The greatest doubt that a choice has ended. */
  get doubt(): ChoiceState['doubt'] {
    const doubts = [...this.states.values()].map(({ doubt }) => doubt)
    return doubts.find((doubt) => doubt === 'again') ?? doubts.find((doubt) => doubt === 'once') ?? 'none'
  }

  /** The state of a choice. If one choice is asked for, the first of each chunk is that choice, whatever its index: some
   *  servers count the chunks there. */
  readonly getState = (given: number, position: number): ChoiceState => {
    const index = this.requested > 1 ? given : position
    const known = this.states.get(index)
    if (known) return known
    const state = createChoiceState(index)
    this.states.set(index, state)
    return state
  }

  /** Notes the reason of a chunk, which comes without text, with the first text, or with a later one.
   *  @param isRepeater whether the provider is known to write it in each chunk */
  observe(state: ChoiceState, text: 'none' | 'first' | 'later', isRepeater: boolean): void {
    if (text === 'none') state.doubt = 'none'
    else if (state.finished || (isRepeater && text === 'first')) state.doubt = 'again'
    else if (text === 'first') state.doubt = 'once'
  }

  /** Believes the reasons that have come: the provider has said that the text is complete in another way. */
  confirmEnd(): void {
    for (const state of this.states.values()) state.doubt = 'none'
  }

  /** Ends a choice, once. */
  finish(state: ChoiceState): void {
    if (state.finished) return
    state.finished = true
    this.finished += 1
  }

  /** The indexes of the choices, in the order in which they came. */
  listIndexes(): readonly number[] {
    return [...this.states.keys()]
  }

  /** The text of the tool calls that are held back until they are whole. */
  getHeldText(): string {
    return [...this.states.values()]
      .map(({ tools, functions }) => tools.getHeldText() + functions.getHeldText())
      .join('')
  }
}
