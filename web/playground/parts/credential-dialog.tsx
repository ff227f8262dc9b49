import { useState } from 'preact/hooks'
import { Modal } from '../../design/modal.tsx'
import type { Credential } from '../credential.ts'
import type { PageMessages } from '../messages.ts'

/** The options of {@link CredentialDialog}. */
export interface CredentialDialogOptions {
  readonly messages: PageMessages
  readonly credential: Credential | undefined
  /** Called with undefined to forget it. */
  readonly onSave: (credential: Credential | undefined) => void
  readonly onClose: () => void
}

const kinds = ['token', 'adminKey'] as const

/** Asks who calls. */
export const CredentialDialog = ({ messages, credential, onSave, onClose }: CredentialDialogOptions) => {
  const [kind, setKind] = useState(credential?.kind ?? 'token')
  const [value, setValue] = useState(credential?.value ?? '')
  const labels = { token: messages.tokenKind, adminKey: messages.adminKind }
  const save = (next: string): void => {
    onSave(next === '' ? undefined : { kind, value: next })
    onClose()
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    // A header cannot hold line breaks, which come along when a long token is copied.
    save(value.replace(/\s+/g, ''))
  }
  return (
    <Modal {...{ messages, onClose }} title={messages.accessTitle}>
      <p class="quiet">{messages.accessText}</p>
      <form onSubmit={submit}>
        <fieldset class="kinds">
          <legend class="visually-hidden">{messages.credential}</legend>
          {kinds.map((name) => (
            <label key={name} class="kind">
              <input type="radio" name="kind" checked={kind === name} onChange={() => setKind(name)} />
              {labels[name]}
            </label>
          ))}
        </fieldset>
        <input
          class="field"
          type="password"
          autocomplete="off"
          spellcheck={false}
          aria-label={messages.secretLabel}
          placeholder={messages.secretLabel}
          value={value}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
        <div class="modal-tools">
          {credential && (
            <button type="button" class="button" onClick={() => save('')}>
              {messages.remove}
            </button>
          )}
          <button type="submit" class="button button-main">
            {messages.save}
          </button>
        </div>
      </form>
    </Modal>
  )
}
