import { type Loaded, useLoaded } from '../../design/use-loaded.ts'
import { type Failure, read, toFailure } from './client.ts'

/** A view of the console: loading, there, or failed. */
export interface LoadedView<View> extends Omit<Loaded<View, Failure>, 'value'> {
  /** The last one that was read. */
  readonly view: View | undefined
}

/** Reads a view, and again when its path changes. */
export const useView = <View>(path: string): LoadedView<View> => {
  const { value: view, ...rest } = useLoaded<View, Failure>({ read: () => read<View>(path), toFailure }, [path])
  return { view, ...rest }
}
