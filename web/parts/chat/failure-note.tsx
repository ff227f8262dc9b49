import type { ComponentChildren } from 'preact'
import type { FailureFacts } from '../gateway/call-failure.ts'
import { describeFailure } from '../gateway/describe-failure.ts'
import type { ChatMessages } from '../messages.ts'
import { Notice } from './notice.tsx'

/** Draws the buttons of a page that help with a failure. */
export type RenderRemedies = (failure: FailureFacts) => ComponentChildren

/** The options of {@link FailureNote}. */
export interface FailureNoteOptions {
  readonly messages: ChatMessages
  readonly failure: FailureFacts
  readonly renderRemedies: RenderRemedies
  /** Undefined: it cannot be repeated. */
  readonly onRetry: (() => void) | undefined
}

/** A failure as a sentence that says what to do, with a button that does it. The gateway's own words are folded. */
export const FailureNote = ({ messages, failure, renderRemedies, onRetry }: FailureNoteOptions) => (
  <Notice
    {...{ messages, onRetry }}
    text={describeFailure(failure, messages)}
    tools={renderRemedies(failure)}
    details={
      <>
        <p lang="en">{failure.message}</p>
        <p class="quiet">
          {[failure.status || undefined, failure.code, failure.requestId].filter(Boolean).join(' · ')}
        </p>
      </>
    }
  />
)
