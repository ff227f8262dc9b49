import { useEffect, useState } from 'preact/hooks'
import type { ChatMessages } from '../messages.ts'

/** The options of {@link CopyButton}. */
export interface CopyButtonOptions {
  readonly messages: ChatMessages
  readonly text: string
  /** Default: the word for copying alone. */
  readonly label?: string
}

const shownMs = 2_000

/** Copies a text and says so for two seconds. */
export const CopyButton = ({ messages, text, label }: CopyButtonOptions) => {
  const [state, setState] = useState<'copy' | 'copied' | 'copyFailed'>('copy')
  useEffect(() => {
    if (state === 'copy') return
    const timer = setTimeout(() => setState('copy'), shownMs)
    return () => clearTimeout(timer)
  }, [state])
  // Without HTTPS a browser has no clipboard.
  const copy = async (): Promise<void> => navigator.clipboard.writeText(text)
  return (
    <button
      type="button"
      class="link-button"
      aria-label={state === 'copy' ? label : undefined}
      onClick={() =>
        copy().then(
          () => setState('copied'),
          () => setState('copyFailed'),
        )
      }
    >
      <span aria-live="polite">{messages[state]}</span>
    </button>
  )
}
