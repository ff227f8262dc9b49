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

  /** The state of a choice. If one choice is asked for, the first that comes has the index 0. */
  readonly getState = (given: number): ChoiceState => {
    const known = this.states.get(given)
    if (known) return known
    const state = createChoiceState(this.requested > 1 ? given : this.states.size)
    this.states.set(given, state)
    return state
  }

  /** Ends a choice, once. */
  finish(state: ChoiceState): void {
    if (state.finished) return
    state.finished = true
    this.finished += 1
  }

  /** The provider's indexes of the choices that have not ended. */
  listOpen(): readonly number[] {
    return [...this.states].filter(([, { finished }]) => !finished).map(([index]) => index)
  }

  /** The text of the tool calls that are held back until they are whole. */
  getHeldText(): string {
    return [...this.states.values()]
      .map(({ tools, functions }) => tools.getHeldText() + functions.getHeldText())
      .join('')
  }
}
