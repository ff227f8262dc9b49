import { useCallback, useEffect, useState } from 'preact/hooks'

/** Something that is read over the network. */
export interface Loaded<Value, Failure> {
  /** The last one that was read. It stays while a newer one is loading, and if that fails. */
  readonly value: Value | undefined
  /** Why the last read failed. */
  readonly failure: Failure | undefined
  readonly isLoading: boolean
  readonly reload: () => void
}

/** How something is read. */
export interface Reading<Value, Failure> {
  /** Undefined: there is nothing to read now, so that an earlier value is dropped. */
  readonly read: (() => Promise<Value>) | undefined
  readonly toFailure: (error: unknown) => Failure
}

/** Reads something, and again when what it depends on changes. A reply that a newer request has overtaken is dropped. */
export const useLoaded = <Value, Failure>(
  { read, toFailure }: Reading<Value, Failure>,
  dependencies: readonly unknown[],
): Loaded<Value, Failure> => {
  const [count, setCount] = useState(0)
  const [state, setState] = useState<State<Value, Failure>>(nothing)
  useEffect(() => {
    if (!read) {
      setState(nothing)
      return
    }
    let isCurrent = true
    const update = (next: Partial<State<Value, Failure>>): void => {
      if (isCurrent) setState((before) => ({ ...before, failure: undefined, isLoading: false, ...next }))
    }
    update({ isLoading: true })
    read().then(
      (value) => update({ value }),
      (error: unknown) => update({ failure: toFailure(error) }),
    )
    return () => {
      isCurrent = false
    }
  }, [...dependencies, count])
  const reload = useCallback(() => setCount((before) => before + 1), [])
  return { ...state, reload }
}

type State<Value, Failure> = Omit<Loaded<Value, Failure>, 'reload'>

const nothing = { value: undefined, failure: undefined, isLoading: true }
