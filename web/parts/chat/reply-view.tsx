import type { ComponentChildren } from 'preact'
import { CopyButton } from '../markdown/copy-button.tsx'
import { Markdown } from '../markdown/markdown.tsx'
import type { ChatMessages } from '../messages.ts'
import { FailureNote, type RenderRemedies } from './failure-note.tsx'
import { isRunning, type Reply, type Turn } from './turns.ts'

/** Draws what a page adds to the tools below a reply. */
export type RenderTools = (turn: Turn) => ComponentChildren

/** The options of {@link ReplyView}. */
export interface ReplyViewOptions {
  readonly messages: ChatMessages
  readonly turn: Turn
  readonly renderRemedies: RenderRemedies
  readonly renderTools?: RenderTools | undefined
  /** Undefined: a later turn follows, or a reply still comes. */
  readonly onRetry: (() => void) | undefined
}

/** A reply: its thoughts, its text or its failure, and below them the label, what it cost, and what can be done with it. */
export const ReplyView = ({ messages, turn, renderRemedies, renderTools, onRetry }: ReplyViewOptions) => {
  const { request, reply } = turn
  const hasText = reply.text !== '' || reply.thinking !== ''
  return (
    <div class={`reply is-${reply.state}`}>
      <h2 class="reply-name">
        {request.model}
        {hasText && <span class="label">{messages.generated}</span>}
      </h2>
      <Thoughts messages={messages} reply={reply} />
      {reply.state === 'waiting' && <p class="waiting">{messages.waiting}</p>}
      {reply.text !== '' && <Markdown messages={messages} text={reply.text} />}
      {reply.failure && <FailureNote {...{ messages, failure: reply.failure, renderRemedies, onRetry }} />}
      {!isRunning(reply) && (
        <footer class="reply-foot">
          <p class="cost">{listCost(reply, messages).join(' · ')}</p>
          <div class="reply-tools">
            {reply.text !== '' && (
              <CopyButton messages={messages} text={`${reply.text}\n\n（${messages.generated}）`} />
            )}
            {renderTools?.(turn)}
            {onRetry && !reply.failure && (
              <button type="button" class="link-button" onClick={onRetry}>
                {messages.retry}
              </button>
            )}
          </div>
        </footer>
      )}
    </div>
  )
}

const Thoughts = ({ messages, reply }: { readonly messages: ChatMessages; readonly reply: Reply }) =>
  reply.thinking === '' ? null : (
    <details class="fold thoughts">
      <summary>{isRunning(reply) && reply.text === '' ? messages.thinkingNow : messages.thoughts}</summary>
      <p>{reply.thinking}</p>
    </details>
  )

const endings: Readonly<Record<string, 'shortened' | 'filtered'>> = { length: 'shortened', content_filter: 'filtered' }

const listCost = (reply: Reply, messages: ChatMessages): readonly string[] => {
  const { state, finishReason, usage, points, durationMs } = reply
  const ending = endings[finishReason ?? '']
  return [
    ...(state === 'stopped' ? [messages.stopped] : []),
    ...(ending ? [messages[ending]] : []),
    ...(usage ? [messages.tokens(usage.prompt, usage.completion, usage.estimated)] : []),
    ...(usage && usage.reasoning > 0 ? [messages.reasoning(usage.reasoning)] : []),
    ...(points === undefined ? [] : [messages.points(points)]),
    ...(durationMs === undefined ? [] : [messages.seconds((durationMs / 1000).toFixed(1))]),
  ]
}
