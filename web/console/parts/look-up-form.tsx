import { useState } from 'preact/hooks'

/** The options of {@link LookUpForm}. */
export interface LookUpFormOptions {
  readonly label: string
  /** The text of its button. */
  readonly action: string
  /** Whether an empty text cannot be looked up. Default: it stands for all. */
  readonly needsText?: boolean
  /** Called with each text while it is typed. */
  readonly onType?: (text: string) => void
  /** Called with the text, without spaces at its ends. */
  readonly onLookUp: (text: string) => void
}

/** Asks for a user or another subject to look up. */
export const LookUpForm = ({ label, action, needsText = false, onType, onLookUp }: LookUpFormOptions) => {
  const [text, setText] = useState('')
  const type = (typed: string): void => {
    setText(typed)
    onType?.(typed)
  }
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    onLookUp(text)
  }
  return (
    <form class="bar" onSubmit={submit}>
      <label class="form-field bar-grow">
        <span>{label}</span>
        <input
          class="field"
          type="search"
          value={text}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => type(event.currentTarget.value.trim())}
        />
      </label>
      <button type="submit" class="button" disabled={needsText && text === ''}>
        {action}
      </button>
    </form>
  )
}
