import { randomUUID } from 'node:crypto'

/** An account of the auth service. */
export interface Account {
  readonly sub: string
  /** Undefined: it signs in by a code only. */
  readonly password?: string
}

/** The captcha of the login service: a picture with characters that the user types. */
export interface Captcha {
  /** The characters on the pictures. Undefined: no sign-in needs them. */
  answer: string | undefined
  /** The pictures so far. */
  drawn: number
}

/** What the sign-in endpoints know. */
export interface SignIns {
  /** Accounts by user name, phone number (`+86 138…`) or e-mail address. */
  readonly accounts: Map<string, Account>
  /** The last code that was sent to each phone number or e-mail address. */
  readonly codes: Map<string, string>
  /** The ways to sign in that the environment has. */
  readonly enabled: Set<'password' | 'code' | 'anonymous'>
  /** The ids of users whose refresh tokens are refused. */
  readonly ended: Set<string>
  readonly captcha: Captcha
}

/** Creates the state of an environment in which every way is switched on and nobody has an account. */
export const createSignIns = (): SignIns => ({
  accounts: new Map(),
  codes: new Map(),
  enabled: new Set(['password', 'code', 'anonymous']),
  ended: new Set(),
  captcha: { answer: undefined, drawn: 0 },
})

/** The sign-in endpoints. */
export type SignInEndpoint = 'signin' | 'signin/anonymously' | 'signup' | 'verification' | 'verification/verify'

type Body = Readonly<Record<string, string | undefined>>

/** A reply of the login service. */
export type Reply = readonly [status: number, body: object]

/** Creates the tokens of a user. */
type Issue = (sub: string, claims: object) => object

/** Returns a refusal, as the login service writes it. */
export const refuse = (status: number, error: string, error_code: number, error_description: string): Reply => [
  status,
  { error, error_code, error_description },
]

const notEnabled = refuse(400, 'login_type_disabled', 4045, 'The login method is not enabled.')

/** The replies of the sign-in endpoints, with the fields and errors that `@cloudbase/js-sdk` 3.7 reads. */
export const createSignInReplies = (
  state: SignIns,
  issue: Issue,
): Readonly<Record<SignInEndpoint, (body: Body) => Reply>> => {
  const verified = new Map<string, string>()
  const sent = new Map<string, string>()
  const enter = (sub: string, claims: object = {}): Reply => [200, issue(sub, claims)]
  return {
    'signin/anonymously': () =>
      state.enabled.has('anonymous')
        ? enter(`anonymous-${randomUUID()}`, { scope: 'anonymous', is_anonymous: true })
        : notEnabled,
    signin: ({ username = '', password, verification_token: token }) => {
      const account = state.accounts.get(username)
      if (token !== undefined)
        return account && verified.get(token) === username
          ? enter(account.sub)
          : refuse(400, 'invalid_argument', 3, 'token error')
      if (!state.enabled.has('password')) return notEnabled
      if (!account) return refuse(404, 'not_found', 5, 'The user does not exist.')
      if (account.password !== password) return refuse(400, 'invalid_password', 4_008, 'The password is wrong.')
      return enter(account.sub)
    },
    signup: ({ phone_number: phone, email, verification_token: token = '' }) => {
      const address = email ?? phone ?? ''
      if (verified.get(token) !== address) return refuse(400, 'invalid_argument', 3, 'token error')
      const account = { sub: `user-${state.accounts.size + 1}` }
      state.accounts.set(address, account)
      return enter(account.sub)
    },
    verification: ({ phone_number: phone, email }) => {
      if (!state.enabled.has('code')) return notEnabled
      const address = email ?? phone ?? ''
      const id = randomUUID()
      state.codes.set(address, String(100_000 + sent.size))
      sent.set(id, address)
      return [200, { verification_id: id, expires_in: 600, is_user: state.accounts.has(address) }]
    },
    'verification/verify': ({ verification_id: id = '', verification_code: code }) => {
      const address = sent.get(id) ?? ''
      if (state.codes.get(address) !== code)
        return refuse(400, 'invalid_argument', 3, 'verification_code does not match')
      const token = randomUUID()
      verified.set(token, address)
      return [200, { verification_token: token, expires_in: 600 }]
    },
  }
}
