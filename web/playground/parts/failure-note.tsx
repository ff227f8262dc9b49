import { Icon } from '../../design/icon.tsx'
import type { FailureFacts } from '../gateway/call-failure.ts'
import { describeFailure } from '../gateway/describe-failure.ts'
import type { PageMessages } from '../messages.ts'

/** The options of {@link FailureNote}. */
export interface FailureNoteOptions {
  readonly messages: PageMessages
  readonly failure: FailureFacts
  readonly onCredential: () => void
  /** Undefined: it cannot be repeated. */
  readonly onRetry: (() => void) | undefined
}

/** A failure as a sentence that says what to do, with a button that does it. The gateway's own words are folded. */
export const FailureNote = ({ messages, failure, onCredential, onRetry }: FailureNoteOptions) => (
  <div class="failure" role="alert">
    <p class="failure-text">
      <Icon name="alert" />
      <span>{describeFailure(failure, messages)}</span>
    </p>
    <div class="failure-tools">
      {failure.status === 401 && (
        <button type="button" class="button" onClick={onCredential}>
          {messages.accessTitle}
        </button>
      )}
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          {messages.retry}
        </button>
      )}
    </div>
    <details class="fold">
      <summary>{messages.details}</summary>
      <p lang="en">{failure.message}</p>
      <p class="quiet">{[failure.status || undefined, failure.code, failure.requestId].filter(Boolean).join(' · ')}</p>
    </details>
  </div>
)
