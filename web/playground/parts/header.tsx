import { Icon } from '../../design/icon.tsx'
import { ThemeButton } from '../../design/theme-button.tsx'
import { ModelChoice } from '../../parts/chat/model-choice.tsx'
import type { Models } from '../../parts/gateway/use-models.ts'
import type { PageMessages } from '../messages.ts'

/** The options of {@link Header}. */
export interface HeaderOptions {
  readonly messages: PageMessages
  readonly models: Models
  readonly hasCredential: boolean
  readonly onCredential: () => void
  readonly onLanguage: () => void
  /** Undefined: the chat is new. */
  readonly onNewChat: (() => void) | undefined
}

/** The head of the page: its name, the choice of the model, and what belongs to the whole page. */
export const Header = ({ messages, models, hasCredential, onCredential, onLanguage, onNewChat }: HeaderOptions) => (
  <header class="header">
    <div class="header-inner">
      <h1 class="brand">
        <img src="./favicon.svg" alt="" width="28" height="28" />
        <span class="brand-name">{messages.heading}</span>
      </h1>
      <ModelChoice messages={messages} models={models} />
      <div class="header-tools">
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
        <button
          type="button"
          class={hasCredential ? 'tool is-set' : 'tool'}
          onClick={onCredential}
          title={messages.credential}
          aria-label={hasCredential ? messages.credentialSet : messages.credential}
        >
          <Icon name="key" />
        </button>
        <ThemeButton messages={messages} name="playground.theme" />
        <button type="button" class="tool tool-text" onClick={onLanguage} title={messages.switchLanguage}>
          {messages.otherLanguage}
        </button>
      </div>
    </div>
  </header>
)
