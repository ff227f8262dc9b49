import type { PageMessages } from '../messages.ts'

/** The options of {@link Remedies}. */
export interface RemediesOptions {
  readonly messages: PageMessages
  /** The HTTP status of the failure. */
  readonly status: number
  readonly pointsUrl: string | undefined
  /** Undefined: there is no login. */
  readonly onSignIn: (() => void) | undefined
  /** Undefined: there are no points to show. */
  readonly onAccount: (() => void) | undefined
}

/** The buttons that help with a failure: a new sign-in, or the points. */
export const Remedies = ({ messages, status, pointsUrl, onSignIn, onAccount }: RemediesOptions) => (
  <>
    {status === 401 && onSignIn && (
      <button type="button" class="button" onClick={onSignIn}>
        {messages.signIn}
      </button>
    )}
    {status === 402 && pointsUrl !== undefined && (
      <a class="button button-main" href={pointsUrl}>
        {messages.getPoints}
      </a>
    )}
    {status === 402 && onAccount && (
      <button type="button" class="button" onClick={onAccount}>
        {messages.myPoints}
      </button>
    )}
  </>
)
