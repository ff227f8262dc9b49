import { Icon } from '../../design/icon.tsx'
import { ThemeButton } from '../../design/theme-button.tsx'
import { ModelChoice } from '../../parts/chat/model-choice.tsx'
import type { Models } from '../../parts/gateway/use-models.ts'
import type { PageMessages } from '../messages.ts'

/** The options of {@link Header}. */
export interface HeaderOptions {
  readonly messages: PageMessages
  /** The name of the app. */
  readonly name: string
  /** Undefined: there is nothing to choose from, because the user has not signed in. */
  readonly models?: Models
  /** The user's points. Undefined: they are not known. */
  readonly balance?: number | undefined
  /** Undefined: there is no account to show. */
  readonly onAccount?: (() => void) | undefined
  readonly onLanguage: () => void
  /** Undefined: the chat is new. */
  readonly onNewChat?: (() => void) | undefined
}

/** The head of the page: the app's name, the choice of the model, and what belongs to the whole page. */
export const Header = ({ messages, name, models, onLanguage, onNewChat, ...account }: HeaderOptions) => (
  <header class="header">
    <div class="header-inner">
      <h1 class="brand">
        <img src="./favicon.svg" alt="" width="28" height="28" />
        <span class="brand-name">{name}</span>
      </h1>
      {models && <ModelChoice messages={messages} models={models} />}
      <div class="header-tools">
        {models && (
          <button
            type="button"
            class="tool"
            onClick={onNewChat}
            disabled={!onNewChat}
            title={messages.newChat}
            aria-label={messages.newChat}
          >
            <Icon name="plus" />
          </button>
        )}
        <AccountButton messages={messages} {...account} />
        <ThemeButton messages={messages} name="chat.theme" />
        <button type="button" class="tool tool-text" onClick={onLanguage} title={messages.switchLanguage}>
          {messages.otherLanguage}
        </button>
      </div>
    </div>
  </header>
)

const AccountButton = ({ messages, balance, onAccount }: Pick<HeaderOptions, 'messages' | 'balance' | 'onAccount'>) => {
  if (!onAccount) return null
  const points = balance === undefined ? undefined : messages.points(balance)
  const label = [messages.account, points].filter(Boolean).join(': ')
  return (
    <button type="button" class="tool account-button" onClick={onAccount} title={messages.account} aria-label={label}>
      <Icon name="user" />
      {points !== undefined && <span class="account-points">{points}</span>}
    </button>
  )
}
