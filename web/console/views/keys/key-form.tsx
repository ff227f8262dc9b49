import { Fragment } from 'preact'
import { useState } from 'preact/hooks'
import type { ConsoleMessages } from '../../messages.ts'

/** The options of {@link KeyForm}. */
export interface KeyFormOptions {
  readonly messages: ConsoleMessages
  /** The user whose keys are shown; empty: all. */
  readonly user: string
  /** Called with the request for a new key. */
  readonly onMake: (request: object) => void
}

type FieldName = keyof ConsoleMessages['keyFields']

const lists: readonly FieldName[] = ['models', 'endpoints', 'addresses', 'groups']
const inputs: Partial<Record<FieldName, object>> = {
  user_id: { required: true },
  points: { type: 'number', min: 1, step: 1 },
  expires_at: { type: 'date' },
}

/** Asks for the owner of a new key, and for what it may do. */
export const KeyForm = ({ messages, user, onMake }: KeyFormOptions) => {
  const [typed, setTyped] = useState<Partial<Record<FieldName, string>>>({})
  const [window, setWindow] = useState('total')
  const texts = { ...typed, user_id: typed.user_id ?? user }
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    onMake(toRequest(texts, window))
  }
  return (
    <section class="card stack" aria-labelledby="new-key">
      <h2 id="new-key">{messages.changes.key.title}</h2>
      <form class="form" onSubmit={submit}>
        {(Object.keys(messages.keyFields) as FieldName[]).map((name) => (
          <Fragment key={name}>
            <label class="form-field">
              <span>{messages.keyFields[name]}</span>
              <input
                class="field"
                name={name}
                value={texts[name] ?? ''}
                autocomplete="off"
                spellcheck={false}
                {...inputs[name]}
                onInput={({ currentTarget: { value } }) => setTyped({ ...typed, [name]: value })}
              />
            </label>
            {name === 'points' && <Period {...{ messages, window }} onWindow={setWindow} />}
          </Fragment>
        ))}
        <button type="submit" class="button button-main">
          {messages.changes.key.title}
        </button>
      </form>
      <p class="quiet">{messages.keyLists}</p>
    </section>
  )
}

interface PeriodOptions {
  readonly messages: ConsoleMessages
  readonly window: string
  readonly onWindow: (window: string) => void
}

/** The choice of the period in which a key may use its points. */
const Period = ({ messages, window, onWindow }: PeriodOptions) => (
  <label class="form-field">
    <span>{messages.keyWindow}</span>
    <select class="field" value={window} onChange={({ currentTarget: { value } }) => onWindow(value)}>
      {Object.entries(messages.quotaWindows).map(([name, text]) => (
        <option key={name} value={name}>
          {text}
        </option>
      ))}
    </select>
  </label>
)

/** What is left empty is not sent, so that it is not limited. */
const toRequest = (texts: Partial<Record<FieldName, string>>, window: string): object => {
  const filled = Object.entries(texts)
    .map(([name, text]) => [name as FieldName, text.trim()] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => [name, toValue(name, text)] as const)
  const fields = Object.fromEntries(filled)
  return 'points' in fields ? { ...fields, window } : fields
}

const toValue = (name: FieldName, text: string): unknown => {
  if (name === 'points') return Number(text)
  return lists.includes(name) ? splitList(text) : text
}

const splitList = (text: string): string[] =>
  text
    .split(/[,，]/)
    .map((item) => item.trim())
    .filter((item) => item !== '')
