import { Icon } from '../../design/icon.tsx'
import type { Failure } from '../api/client.ts'
import type { ConsoleMessages } from '../messages.ts'

/** The options of {@link FailureNote}. */
export interface FailureNoteOptions {
  readonly messages: ConsoleMessages
  readonly failure: Failure
  /** Undefined: it cannot be repeated. */
  readonly onRetry?: (() => void) | undefined
}

/** A failure: what to do about it, and the words of the gateway or the cloud. */
export const FailureNote = ({ messages, failure, onRetry }: FailureNoteOptions) => {
  const advice = messages.failures[failure.code as keyof ConsoleMessages['failures']]
  return (
    <div class="failure" role="alert">
      <Icon name="alert" />
      <div>
        {advice === undefined ? <p lang="en">{failure.message}</p> : <p>{advice}</p>}
        {onRetry && (
          <button type="button" class="button" onClick={onRetry}>
            {messages.retry}
          </button>
        )}
      </div>
    </div>
  )
}
