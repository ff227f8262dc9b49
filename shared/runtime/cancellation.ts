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

/** Creates a cancellation that is aborted by its own `abort`, or `delayMs` after a signal. If the signal is aborted already, so is the
 *  cancellation. The delay does not keep the process alive. */
export const createLinkedCancellation = (signal: CancelSignal, delayMs = 0): Cancellation => {
  const cancellation = new Cancellation()
  const abort = (): void => cancellation.abort()
  if (signal.aborted) abort()
  else signal.addEventListener('abort', delayMs === 0 ? abort : () => void setTimeout(abort, delayMs).unref())
  return cancellation
}
