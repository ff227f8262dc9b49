import type { ComponentChildren } from 'preact'
import type { LoadedView } from '../api/use-view.ts'
import type { ConsoleMessages } from '../messages.ts'
import { FailureNote } from './failure-note.tsx'

/** The options of {@link Show}. */
export interface ShowOptions<View> {
  readonly messages: ConsoleMessages
  readonly loaded: LoadedView<View>
  readonly children: (view: View) => ComponentChildren
}

/** Shows what was read, the failure of the last read above it, or that it is loading. */
export const Show = <View,>({ messages, loaded, children }: ShowOptions<View>) => {
  const { view, failure, isLoading, reload } = loaded
  return (
    <>
      {failure && <FailureNote {...{ messages, failure }} onRetry={reload} />}
      {view === undefined && isLoading && <p class="quiet">{messages.loading}</p>}
      {view !== undefined && children(view)}
    </>
  )
}
