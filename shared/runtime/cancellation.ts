/** The part of an `AbortSignal` that the relay needs; any `AbortSignal` is one. */
export interface CancelSignal {
  readonly aborted: boolean
  readonly addEventListener: (type: 'abort', listener: () => void) => void
}

/** Controller and signal in one, without the event machinery of an `AbortController`, which costs a request as much as parsing
 *  its body (docs/decisions/0062-the-hot-path.md). Listeners are called once, in order; none is called after the event. */
export class Cancellation implements CancelSignal {
  aborted = false
  private readonly listeners: (() => void)[] = []

  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.push(listener)
  }

  abort(): void {
    if (this.aborted) return
    this.aborted = true
    for (const listener of this.listeners) listener()
  }
}

/** A cancellation that happens with a signal's, or by itself. */
export const createLinkedCancellation = (signal: CancelSignal): Cancellation => {
  const cancellation = new Cancellation()
  if (signal.aborted) cancellation.abort()
  else signal.addEventListener('abort', () => cancellation.abort())
  return cancellation
}
