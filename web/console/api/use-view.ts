import { useCallback, useEffect, useState } from 'preact/hooks'
import { type Failure, read, toFailure } from './client.ts'

/** A view of the console: loading, there, or failed. */
export interface Loaded<View> {
  /** The last one that was read; it stays while a newer one is loading. */
  readonly view: View | undefined
  readonly failure: Failure | undefined
  readonly isLoading: boolean
  readonly reload: () => void
}

/** Reads a view, and again when its path changes. A reply that a newer request has overtaken is dropped. */
export const useView = <View>(path: string): Loaded<View> => {
  const [count, setCount] = useState(0)
  const [state, setState] = useState<Omit<Loaded<View>, 'reload'>>(nothing)
  useEffect(() => {
    let isCurrent = true
    const update = (next: Omit<Loaded<View>, 'reload' | 'view'> & { readonly view?: View }): void => {
      if (isCurrent) setState((before) => ({ ...before, ...next }))
    }
    update({ isLoading: true, failure: undefined })
    read<View>(path).then(
      (view) => update({ view, isLoading: false, failure: undefined }),
      (thrown: unknown) => update({ failure: toFailure(thrown), isLoading: false }),
    )
    return () => {
      isCurrent = false
    }
  }, [path, count])
  const reload = useCallback(() => setCount((before) => before + 1), [])
  return { ...state, reload }
}

const nothing = { view: undefined, failure: undefined, isLoading: true }
