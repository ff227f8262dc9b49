import { useState } from 'preact/hooks'
import { Field, Form, type FormContext } from './form.tsx'

/** Signs in with a name and a password. */
export const PasswordForm = ({ messages, login, onUser }: FormContext) => {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  return (
    <Form
      messages={messages}
      action={messages.signIn}
      onSubmit={async () => onUser(await login.signInWithPassword(name.trim(), password))}
    >
      <Field label={messages.userName} type="text" autocomplete="username" value={name} onValue={setName} />
      <Field
        label={messages.password}
        type="password"
        autocomplete="current-password"
        value={password}
        onValue={setPassword}
      />
    </Form>
  )
}
