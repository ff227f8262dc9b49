import { Icon } from '../../design/icon.tsx'
import type { PageMessages } from '../messages.ts'

/** The options of {@link Notice}. */
export interface NoticeOptions {
  readonly messages: PageMessages
  readonly text: string
  /** What the operator needs to know, in English. */
  readonly details?: string
  readonly onRetry?: () => void
}

/** Says in a sentence what is wrong. */
export const Notice = ({ messages, text, details, onRetry }: NoticeOptions) => (
  <div class="failure" role="alert">
    <p class="failure-text">
      <Icon name="alert" />
      <span>{text}</span>
    </p>
    {onRetry && (
      <div class="failure-tools">
        <button type="button" class="button" onClick={onRetry}>
          {messages.retry}
        </button>
      </div>
    )}
    {details !== undefined && (
      <details class="fold">
        <summary>{messages.details}</summary>
        <p lang="en">{details}</p>
      </details>
    )}
  </div>
)
