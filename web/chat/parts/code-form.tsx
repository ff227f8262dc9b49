import { useState } from 'preact/hooks'
import type { SignInWithCode } from '../session/login.ts'
import { Field, Form, type FormContext } from './form.tsx'

/** The options of {@link CodeForm}. */
export interface CodeFormOptions extends FormContext {
  readonly kind: 'phone' | 'email'
}

const fields = {
  phone: { type: 'tel', autocomplete: 'tel' },
  email: { type: 'email', autocomplete: 'email' },
} as const

/** Signs in with a code, which is sent first. */
export const CodeForm = ({ messages, login, kind, onUser }: CodeFormOptions) => {
  const [address, setAddress] = useState('')
  const [code, setCode] = useState('')
  const [signIn, setSignIn] = useState<SignInWithCode>()
  const send = async (): Promise<void> => {
    const sent = await login.sendCode(kind, address.trim())
    setSignIn(() => sent)
  }
  if (!signIn)
    return (
      <Form messages={messages} action={messages.sendCode} onSubmit={send}>
        <Field {...fields[kind]} label={messages.addresses[kind]} value={address} onValue={setAddress} />
      </Form>
    )
  return (
    <Form
      key="code"
      messages={messages}
      action={messages.signIn}
      onSubmit={async () => onUser(await signIn(code.trim()))}
    >
      <p class="quiet">{messages.codeSent(address.trim())}</p>
      <Field
        label={messages.verificationCode}
        type="text"
        inputMode="numeric"
        autocomplete="one-time-code"
        value={code}
        onValue={setCode}
      />
      <button type="button" class="link-button" onClick={() => setSignIn(undefined)}>
        {messages.otherAddress}
      </button>
    </Form>
  )
}
