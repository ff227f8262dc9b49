import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { ChatMessages } from '../messages.ts'
import { ReplyView, type ReplyViewOptions } from './reply-view.tsx'
import { getPrompt } from './turns.ts'
import type { Chat } from './use-chat.ts'

/** The options of {@link Conversation}. */
export interface ConversationOptions extends Pick<ReplyViewOptions, 'renderRemedies' | 'renderTools'> {
  readonly messages: ChatMessages
  readonly chat: Chat
  readonly onRetry: () => void
  /** What stands above the turns. */
  readonly children: ComponentChildren
}

/** Pixels from the end within which the view follows a reply. */
const nearEnd = 80

/** The turns of the chat. The view follows the reply unless the reader has scrolled up. */
export const Conversation = ({ messages, chat, onRetry, children, ...rest }: ConversationOptions) => {
  const { turns, isBusy } = chat
  const view = useRef<HTMLElement>(null)
  const follows = useRef(true)
  useLayoutEffect(() => {
    follows.current = true
  }, [turns.length])
  useLayoutEffect(() => {
    if (follows.current && view.current) view.current.scrollTop = view.current.scrollHeight
  }, [turns])
  const watch = ({
    currentTarget: { scrollHeight, scrollTop, clientHeight },
  }: {
    currentTarget: HTMLElement
  }): void => {
    follows.current = scrollHeight - scrollTop - clientHeight < nearEnd
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the turns scroll, by keyboard too.
    <main ref={view} class="view" tabIndex={0} aria-label={messages.conversation} onScroll={watch}>
      <div class="turns" role="log" aria-busy={isBusy}>
        {children}
        {turns.map((turn, at) => (
          <article key={turn.id} class="turn">
            <h2 class="visually-hidden">{messages.you}</h2>
            <p class="question">{getPrompt(turn)}</p>
            <ReplyView
              {...{ messages, turn, ...rest }}
              onRetry={at === turns.length - 1 && !isBusy ? onRetry : undefined}
            />
          </article>
        ))}
      </div>
    </main>
  )
}
