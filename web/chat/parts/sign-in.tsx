import { useState } from 'preact/hooks'
import { Notice } from '../../parts/chat/notice.tsx'
import type { SignInKind } from '../config/page-config.ts'
import type { PageMessages } from '../messages.ts'
import type { User } from '../session/login.ts'
import type { Session } from '../session/use-session.ts'
import { AnonymousForm } from './anonymous-form.tsx'
import { CodeForm } from './code-form.tsx'
import { PasswordForm } from './password-form.tsx'

/** The options of {@link SignIn}. */
export interface SignInOptions {
  readonly messages: PageMessages
  readonly session: Session
  /** The name of the app. Undefined: it has none. */
  readonly name: string | undefined
  readonly kinds: readonly SignInKind[]
  readonly onUser: (user: User) => void
}

/** Signs the user in, in one of the ways that the app has. It is no dialog: the SDK lays the picture of a captcha over the page. */
export const SignIn = ({ messages, session: { state, login, retry }, name, kinds, onUser }: SignInOptions) => {
  const [chosen, setChosen] = useState<SignInKind>()
  const kind = chosen ?? kinds[0] ?? 'password'
  const options = login && { messages, login, onUser }
  return (
    <main class="sign-in">
      {state === 'loading' && <p class="quiet">{messages.loading}</p>}
      {state === 'failed' && <Notice messages={messages} text={messages.loginProblems.unreachable} onRetry={retry} />}
      {state === 'signedOut' && options && (
        <>
          <h2>{name === undefined ? messages.signIn : messages.signInTo(name)}</h2>
          {kinds.length > 1 && (
            <div class="choices">
              {kinds.map((name) => (
                <button
                  key={name}
                  type="button"
                  class="choice"
                  aria-pressed={name === kind}
                  onClick={() => setChosen(name)}
                >
                  {messages.signInKinds[name]}
                </button>
              ))}
            </div>
          )}
          {kind === 'password' && <PasswordForm {...options} />}
          {(kind === 'phone' || kind === 'email') && <CodeForm key={kind} {...options} kind={kind} />}
          {kind === 'anonymous' && <AnonymousForm {...options} />}
        </>
      )}
    </main>
  )
}
