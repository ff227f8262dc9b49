import { Icon } from '../../design/icon.tsx'
import { ThemeButton } from '../../design/theme-button.tsx'
import type { Models } from '../gateway/use-models.ts'
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

const ModelChoice = ({ messages, models }: { readonly messages: PageMessages; readonly models: Models }) => (
  <label class="model">
    <span class="visually-hidden">{messages.model}</span>
    <select
      class="model-select"
      value={models.model ?? ''}
      disabled={models.names.length === 0}
      onChange={(event) => models.choose(event.currentTarget.value)}
    >
      {models.names.length === 0 && <option value="">{models.isLoading ? messages.loading : messages.noModels}</option>}
      {models.names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
    <Icon name="chevron" />
  </label>
)
