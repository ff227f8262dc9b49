import type { Models } from '../gateway/use-models.ts'
import type { ChatMessages } from '../messages.ts'
import { Composer } from './composer.tsx'
import { Conversation } from './conversation.tsx'
import { FailureNote } from './failure-note.tsx'
import type { ReplyViewOptions } from './reply-view.tsx'
import type { Chat } from './use-chat.ts'
import { useEscape } from './use-escape.ts'
import { Welcome, type WelcomeMessages } from './welcome.tsx'

/** The options of {@link ChatView}. */
export interface ChatViewOptions extends Pick<ReplyViewOptions, 'renderRemedies' | 'renderTools'> {
  readonly messages: ChatMessages & WelcomeMessages
  readonly chat: Chat
  readonly models: Models
  /** Questions to begin with. */
  readonly examples: readonly string[]
}

/** A conversation with the chosen model, and the field below it. Escape stops a reply. */
export const ChatView = ({ messages, chat, models, examples, ...rendering }: ChatViewOptions) => {
  const { model, failure } = models
  const isReady = model !== undefined
  useEscape(chat.isBusy, chat.stop)
  const send = (text: string): void => {
    if (model !== undefined && !chat.isBusy && text.trim() !== '') chat.send(model, text.trim())
  }
  return (
    <>
      <Conversation {...{ messages, chat, ...rendering }} onRetry={() => chat.retry(model ?? '')}>
        {failure && (
          <FailureNote {...{ messages, failure }} renderRemedies={rendering.renderRemedies} onRetry={models.reload} />
        )}
        {!failure && chat.turns.length === 0 && <Welcome {...{ messages, examples, isReady }} onExample={send} />}
      </Conversation>
      <Composer {...{ messages, isReady, isBusy: chat.isBusy }} onSend={send} onStop={chat.stop} />
    </>
  )
}
