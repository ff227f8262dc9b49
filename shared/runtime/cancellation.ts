/** The part of an `AbortSignal` that the relay needs. Any `AbortSignal` fits. */
export interface CancelSignal {
  readonly aborted: boolean
  readonly addEventListener: (type: 'abort', listener: () => void) => void
}

/** Controller and signal in one, without the event machinery of an `AbortController`, which costs a request as much as
 *  parsing its body (docs/decisions/0062-the-hot-path.md). Calls each listener once, in order, and none that is added
 *  after the abort. */
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

/** Creates a cancellation that is aborted with a signal, or by its own `abort`. */
export const createLinkedCancellation = (signal: CancelSignal): Cancellation => {
  const cancellation = new Cancellation()
  if (signal.aborted) cancellation.abort()
  else signal.addEventListener('abort', () => cancellation.abort())
  return cancellation
}
