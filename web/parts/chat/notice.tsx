import type { ComponentChildren } from 'preact'
import { Icon } from '../../design/icon.tsx'
import type { ChatMessages } from '../messages.ts'

/** The options of {@link Notice}. */
export interface NoticeOptions {
  readonly messages: ChatMessages
  readonly text: string
  /** Buttons that help. */
  readonly tools?: ComponentChildren
  /** Undefined: there is nothing to repeat. */
  readonly onRetry?: (() => void) | undefined
  /** What the operator needs to know. It is folded. */
  readonly details?: ComponentChildren
}

/** Says in a sentence what is wrong, with the buttons that help. */
export const Notice = ({ messages, text, tools, onRetry, details }: NoticeOptions) => (
  <div class="failure" role="alert">
    <p class="failure-text">
      <Icon name="alert" />
      <span>{text}</span>
    </p>
    <div class="failure-tools">
      {tools}
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          {messages.retry}
        </button>
      )}
    </div>
    {details && (
      <details class="fold">
        <summary>{messages.details}</summary>
        {details}
      </details>
    )}
  </div>
)
