import { useEffect, useRef, useState } from 'preact/hooks'
import { formatNumber } from '../../design/format-number.ts'
import { Modal } from '../../design/modal.tsx'
import { type ChangeName, useChange } from '../api/use-change.ts'
import type { ChangeResult, Plan } from '../api/views.ts'
import type { ConsoleMessages } from '../messages.ts'
import { FailureNote } from './failure-note.tsx'

/** The options of {@link ChangeDialog}. */
export interface ChangeDialogOptions {
  readonly messages: ConsoleMessages
  readonly name: ChangeName
  /** Must stay the same object while the dialog is open. */
  readonly request: object
  /** Called when the dialog closes. `isDone`: the change was made. */
  readonly onClose: (isDone: boolean) => void
}

/** Shows what a change will do, asks for a word that confirms it, and then says what was done. */
export const ChangeDialog = ({ messages, name, request, onClose }: ChangeDialogOptions) => {
  const change = useChange(name, request)
  const { plan, result, failure, isBusy } = change
  const canRepeat = failure !== undefined && ['changed_meanwhile', 'unreachable'].includes(failure.code)
  return (
    <Modal {...{ messages }} title={messages.changes[name].title} onClose={() => onClose(result !== undefined)}>
      {failure && <FailureNote {...{ messages, failure }} onRetry={canRepeat ? change.replan : undefined} />}
      {isBusy && plan === undefined && <p class="quiet">{messages.loading}</p>}
      {plan && !result && <Planned key={plan.state} {...{ messages, name, plan, isBusy }} onConfirm={change.confirm} />}
      {result && <Done {...{ messages, name, result }} />}
    </Modal>
  )
}

interface PlannedOptions {
  readonly messages: ConsoleMessages
  readonly name: ChangeName
  readonly plan: Plan
  readonly isBusy: boolean
  readonly onConfirm: (word: string) => void
}

const Planned = ({ messages, name, plan, isBusy, onConfirm }: PlannedOptions) => {
  const [word, setWord] = useState('')
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  const isTyped = word.trim() === plan.word
  const confirm = (event: Event): void => {
    event.preventDefault()
    if (isTyped && !isBusy) onConfirm(plan.word)
  }
  return (
    <form class="stack" onSubmit={confirm}>
      <p>{messages.changes[name].text}</p>
      <dl class="difference">
        {plan.items.map((item) => (
          <div key={item.name} class="difference-item">
            <dt>{messages.items[item.name as keyof ConsoleMessages['items']] ?? item.name}</dt>
            <dd>
              {item.before !== null && <del>{formatItem(item.name, item.before)}</del>}
              {item.before !== null && <span aria-hidden="true"> → </span>}
              <ins>{item.after === null ? messages.removed : formatItem(item.name, item.after)}</ins>
            </dd>
          </div>
        ))}
      </dl>
      {plan.word !== '' && (
        <label class="form-field">
          <span>{messages.typeWord(plan.word)}</span>
          <input
            ref={input}
            class="field"
            value={word}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            onInput={(event) => setWord(event.currentTarget.value)}
          />
        </label>
      )}
      <div class="modal-tools">
        <button type="submit" class="button button-main" disabled={!isTyped || isBusy}>
          {isBusy ? messages.working : messages.changes[name].confirm}
        </button>
      </div>
    </form>
  )
}

/** The items that count points or records. */
const amounts: readonly string[] = ['balance', 'points', 'left', 'dead']

const formatItem = (name: string, text: string): string => (amounts.includes(name) ? formatNumber(Number(text)) : text)

const Done = ({
  messages,
  name,
  result,
}: Pick<PlannedOptions, 'messages' | 'name'> & { readonly result: ChangeResult }) => (
  <div role="status" class="stack">
    <p>{messages.changes[name].done(result)}</p>
    {typeof result['secret'] === 'string' && <code class="secret">{result['secret']}</code>}
    {Array.isArray(result['lines']) && (
      <ul class="sentences" lang="en">
        {result['lines'].map((line) => (
          <li key={String(line)}>{String(line)}</li>
        ))}
      </ul>
    )}
  </div>
)
