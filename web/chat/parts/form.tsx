import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Notice } from '../../parts/chat/notice.tsx'
import type { PageMessages } from '../messages.ts'
import type { Login, LoginProblem, User } from '../session/login.ts'
import { toLoginProblem } from '../session/use-session.ts'

/** What the forms of the sign-in need. */
export interface FormContext {
  readonly messages: PageMessages
  readonly login: Login
  readonly onUser: (user: User) => void
}

/** The options of {@link Form}. */
export interface FormOptions {
  readonly messages: PageMessages
  /** The text of its button. */
  readonly action: string
  readonly onSubmit: () => Promise<void>
  readonly children?: ComponentChildren
}

/** A form that waits for the login service, and says in a sentence what it refuses. */
export const Form = ({ messages, action, onSubmit, children }: FormOptions) => {
  const [isBusy, setIsBusy] = useState(false)
  const [problem, setProblem] = useState<LoginProblem>()
  const submit = (event: Event): void => {
    event.preventDefault()
    setIsBusy(true)
    setProblem(undefined)
    onSubmit()
      .catch((error: unknown) => setProblem(toLoginProblem(error)))
      .finally(() => setIsBusy(false))
  }
  return (
    <form class="sign-in-form" onSubmit={submit}>
      {children}
      {problem && <Notice messages={messages} text={messages.loginProblems[problem]} />}
      <button type="submit" class="button button-main" disabled={isBusy}>
        {isBusy ? messages.pleaseWait : action}
      </button>
    </form>
  )
}

/** The options of {@link Field}. */
export interface FieldOptions {
  readonly label: string
  readonly type: 'text' | 'password' | 'tel' | 'email'
  readonly value: string
  readonly autocomplete: string
  readonly inputMode?: 'numeric'
  readonly onValue: (value: string) => void
}

/** A field with its label. It must be filled. */
export const Field = ({ label, type, onValue, ...input }: FieldOptions) => (
  <label class="form-field">
    <span>{label}</span>
    <input
      {...input}
      // The types of Preact want one type of input at a time.
      type={type as 'text'}
      class="field"
      required
      spellcheck={false}
      autocapitalize="none"
      onInput={(event) => onValue(event.currentTarget.value)}
    />
  </label>
)
