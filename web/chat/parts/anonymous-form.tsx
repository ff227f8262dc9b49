import { Form, type FormContext } from './form.tsx'

/** Signs in without an account. */
export const AnonymousForm = ({ messages, login, onUser }: FormContext) => (
  <Form messages={messages} action={messages.enter} onSubmit={async () => onUser(await login.signInAnonymously())}>
    <p class="quiet">{messages.anonymousText}</p>
  </Form>
)
