import { Icon } from '../../design/icon.tsx'
import type { PageMessages } from '../messages.ts'

/** The options of {@link AccountButton}. */
export interface AccountButtonOptions {
  readonly messages: PageMessages
  /** The user's points. Undefined: they are not known. */
  readonly balance: number | undefined
  readonly onAccount: () => void
}

/** Opens the account, and shows the points of the user. */
export const AccountButton = ({ messages, balance, onAccount }: AccountButtonOptions) => {
  const points = balance === undefined ? undefined : messages.points(balance)
  const label = [messages.account, points].filter(Boolean).join(': ')
  return (
    <button type="button" class="tool account-button" onClick={onAccount} title={messages.account} aria-label={label}>
      <Icon name="user" />
      {points !== undefined && <span class="account-points">{points}</span>}
    </button>
  )
}
