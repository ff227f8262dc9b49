import type { ComponentChildren } from 'preact'
import { Brand, type BrandOptions } from '../../design/brand.tsx'
import { Icon } from '../../design/icon.tsx'
import { ThemeButton } from '../../design/theme-button.tsx'
import type { Models } from '../gateway/use-models.ts'
import type { ChatMessages } from '../messages.ts'
import { ModelChoice } from './model-choice.tsx'
import type { Chat } from './use-chat.ts'

/** The options of {@link ChatHeader}. */
export interface ChatHeaderOptions extends BrandOptions {
  readonly messages: ChatMessages
  /** The name under which the choice of the colours is kept, such as `playground.theme`. */
  readonly themeName: string
  /** Undefined: there is no chat yet, because the user has not signed in. */
  readonly talk?: { readonly models: Models; readonly chat: Chat }
  readonly onLanguage: () => void
  /** The page's own button. */
  readonly children?: ComponentChildren
}

/** The head of the page: its name, the choice of the model, and what belongs to the whole page. */
export const ChatHeader = ({ messages, mark, name, themeName, talk, onLanguage, children }: ChatHeaderOptions) => (
  <header class="header">
    <div class="header-inner">
      <h1 class="brand">
        <Brand {...{ mark, name }} />
      </h1>
      {talk && <ModelChoice messages={messages} models={talk.models} />}
      <div class="header-tools">
        {talk && <NewChatButton messages={messages} chat={talk.chat} />}
        {children}
        <ThemeButton messages={messages} name={themeName} />
        <button type="button" class="tool tool-text" onClick={onLanguage} title={messages.switchLanguage}>
          {messages.otherLanguage}
        </button>
      </div>
    </div>
  </header>
)

const NewChatButton = ({ messages, chat }: { readonly messages: ChatMessages; readonly chat: Chat }) => (
  <button
    type="button"
    class="tool"
    onClick={chat.clear}
    disabled={chat.turns.length === 0}
    title={messages.newChat}
    aria-label={messages.newChat}
  >
    <Icon name="plus" />
  </button>
)
