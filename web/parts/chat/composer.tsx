import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../../design/icon.tsx'
import type { ChatMessages } from '../messages.ts'

/** The options of {@link Composer}. */
export interface ComposerOptions {
  readonly messages: ChatMessages
  /** Whether a reply still comes. */
  readonly isBusy: boolean
  /** Whether there is a model that can reply. */
  readonly isReady: boolean
  readonly onSend: (text: string) => void
  readonly onStop: () => void
}

/** `keyCode` of a key that an input method handles. Safari sends it with `isComposing` unset (UI Events, "Legacy keyCode"). */
const composingKeyCode = 229

/** The field in which the user writes. Enter sends; with Shift, or while an input method composes, it does not. */
export const Composer = ({ messages, isBusy, isReady, onSend, onStop }: ComposerOptions) => {
  const [text, setText] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => fitHeight(field.current), [text])
  const canSend = isReady && !isBusy && text.trim() !== ''
  const send = (): void => {
    field.current?.focus()
    if (!canSend) return
    onSend(text)
    setText('')
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === composingKeyCode) return
    event.preventDefault()
    send()
  }
  return (
    <footer class="composer">
      <div class="composer-box">
        <textarea
          ref={field}
          class="composer-field"
          rows={1}
          aria-label={messages.inputLabel}
          placeholder={messages.inputHint}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <SendOrStop {...{ messages, isBusy, canSend }} onSend={send} onStop={onStop} />
      </div>
      <p class="keys">{messages.keys}</p>
    </footer>
  )
}

interface SendOrStopOptions extends Omit<ComposerOptions, 'isReady' | 'onSend'> {
  readonly canSend: boolean
  readonly onSend: () => void
}

const SendOrStop = ({ messages, isBusy, canSend, onSend, onStop }: SendOrStopOptions) =>
  isBusy ? (
    <button type="button" class="round" onClick={onStop} aria-label={messages.stop} title={`${messages.stop} (Esc)`}>
      <span class="stop-mark" />
    </button>
  ) : (
    <button
      type="button"
      class="round"
      onClick={onSend}
      disabled={!canSend}
      aria-label={messages.send}
      title={`${messages.send} (Enter)`}
    >
      <Icon name="send" />
    </button>
  )

/** The field is as high as its text. Its style sheet bounds it. */
const fitHeight = (field: HTMLTextAreaElement | null): void => {
  if (!field) return
  field.style.height = 'auto'
  field.style.height = `${field.scrollHeight}px`
}
