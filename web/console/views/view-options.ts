import type { LoadedView } from '../api/use-view.ts'
import type { Overview } from '../api/views.ts'
import type { ConsoleMessages } from '../messages.ts'

/** What each view gets. */
export interface ViewOptions {
  readonly messages: ConsoleMessages
  /** The state of the gateway, which several views show. */
  readonly overview: LoadedView<Overview>
}
