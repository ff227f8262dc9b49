import { useState } from 'preact/hooks'
import type { ConsoleMessages } from '../../messages.ts'

/** What the owner grants. */
export interface GrantFields {
  readonly points: number
  readonly key: string
  readonly reason: string
  readonly expires_at?: string
}

/** The options of {@link GrantForm}. */
export interface GrantFormOptions {
  readonly messages: ConsoleMessages
  readonly onGrant: (fields: GrantFields) => void
}

/** Asks for points, a reason, the last day and a key. The same key never grants twice, so that it stays while the form is shown. */
export const GrantForm = ({ messages, onGrant }: GrantFormOptions) => {
  const [ownKey] = useState(() => `console-${crypto.randomUUID()}`)
  const [fields, setFields] = useState({ points: '', reason: '', expires: '', key: '' })
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const { points, reason, expires, key } = fields
    const request = { points: Number(points), key: key.trim() || ownKey, reason: reason.trim() }
    onGrant(expires === '' ? request : { ...request, expires_at: expires })
  }
  const getProps = (name: keyof typeof fields) => ({
    class: 'field',
    name,
    value: fields[name],
    autocomplete: 'off',
    onInput: (event: { readonly currentTarget: HTMLInputElement }) =>
      setFields({ ...fields, [name]: event.currentTarget.value }),
  })
  const { grantFields: names } = messages
  return (
    <form class="form" onSubmit={submit} aria-label={messages.grantPoints}>
      <label class="form-field">
        <span>{names.points}</span>
        <input type="number" min={1} step={1} required {...getProps('points')} />
      </label>
      <label class="form-field">
        <span>{names.reason}</span>
        <input {...getProps('reason')} />
      </label>
      <label class="form-field">
        <span>{names.expires}</span>
        <input type="date" {...getProps('expires')} />
      </label>
      <label class="form-field">
        <span>{names.key}</span>
        <input {...getProps('key')} />
      </label>
      <button type="submit" class="button button-main">
        {messages.grantPoints}
      </button>
    </form>
  )
}
