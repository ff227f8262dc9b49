import type { CancelSignal } from '../../runtime/cancellation.ts'
import { clientGoneError } from '../errors/upstream-errors.ts'

/** Resolves after a time in milliseconds.
 *  @throws client_gone as soon as the client disconnects */
export const waitUnlessCancelled = (ms: number, signal: CancelSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    const cancel = (): void => {
      clearTimeout(timer)
      reject(clientGoneError())
    }
    if (signal.aborted) cancel()
    else signal.addEventListener('abort', cancel)
  })
