import type { Chat } from '../parts/chat/use-chat.ts'
import type { Models } from '../parts/gateway/use-models.ts'
import type { PageConfig } from './config/page-config.ts'
import type { PageMessages } from './messages.ts'
import type { Session } from './session/use-session.ts'

/** What the page gives to the app. */
export interface ChatAppOptions {
  readonly messages: PageMessages
  readonly config: PageConfig
  readonly onLanguage: () => void
}

/** What the views of the app share. */
export interface ChatContext extends ChatAppOptions {
  /** The name of the app. */
  readonly name: string
  readonly session: Session
  readonly models: Models
  readonly chat: Chat
}
