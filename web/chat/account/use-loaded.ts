import { useEffect, useState } from 'preact/hooks'
import { type FailureFacts, toFacts } from '../../parts/gateway/call-failure.ts'

/** Something that is read from the gateway. */
export interface Loaded<Value> {
  /** Undefined: it is not there yet, or has failed. */
  readonly value: Value | undefined
  readonly failure: FailureFacts | undefined
  readonly reload: () => void
}

/** Reads something again when what it depends on changes. The old value stays until the new one is there.
 *  @param read undefined: there is nothing to read now */
export const useLoaded = <Value>(
  read: (() => Promise<Value>) | undefined,
  dependencies: readonly unknown[],
): Loaded<Value> => {
  const [state, setState] = useState<Omit<Loaded<Value>, 'reload'>>({ value: undefined, failure: undefined })
  const [visit, setVisit] = useState(0)
  useEffect(() => {
    if (!read) {
      setState({ value: undefined, failure: undefined })
      return
    }
    let isCurrent = true
    read().then(
      (value) => isCurrent && setState({ value, failure: undefined }),
      (error: unknown) => isCurrent && setState({ value: undefined, failure: toFacts(error) }),
    )
    return () => {
      isCurrent = false
    }
  }, [...dependencies, visit])
  return { ...state, reload: () => setVisit(visit + 1) }
}
