import cloudbase from '@cloudbase/js-sdk/app'
// It registers itself with the app, which the line above has made global.
import '@cloudbase/js-sdk/auth'
import { CallFailure } from '../../parts/gateway/call-failure.ts'
import type { LoginConfig } from '../config/page-config.ts'
import { type Login, LoginFailure, type LoginProblem, type User } from './login.ts'

/** A user as the SDK describes them. */
interface SdkUser {
  readonly id?: string
  readonly email?: string
  readonly phone?: string
  readonly user_metadata?: { readonly username?: string; readonly name?: string; readonly nickName?: string }
}

/** An error of the SDK: some of its functions return it with a category, others throw it with a code. */
interface SdkError {
  readonly category?: string
  readonly message?: string
  readonly error?: string
  readonly error_description?: string
}

interface SdkResult {
  readonly data?: {
    readonly user?: SdkUser | null
    readonly session?: object | null
    readonly verifyOtp?: (code: { readonly token: string }) => Promise<SdkResult>
  }
  readonly error?: SdkError | null
}

/** The functions of the SDK that the page uses. Its own types lack these results. */
interface SdkAuth {
  readonly getSession: () => Promise<SdkResult>
  readonly refreshSession: () => Promise<SdkResult>
  readonly signInWithPassword: (name: Readonly<Record<string, string>>) => Promise<SdkResult>
  readonly signInWithOtp: (address: Readonly<Record<string, string>>) => Promise<SdkResult>
  readonly signInAnonymously: () => Promise<SdkResult>
  readonly signOut: (options: object) => Promise<unknown>
  readonly getAccessToken: () => Promise<{ readonly accessToken: string }>
}

/** Creates the login of a CloudBase environment with its own SDK, which keeps the session in the browser and renews its token. */
export const createCloudBaseLogin = ({ environment, region, authOrigin }: LoginConfig): Login => {
  const app = cloudbase.init({ env: environment, region })
  if (authOrigin !== undefined) {
    const { protocol, host } = new URL(authOrigin)
    app.registerEndPointWithKey({ key: 'GATEWAY', url: `//${host}`, protocol: protocol as 'https:' })
  }
  const auth = app.auth({ persistence: 'local' }) as unknown as SdkAuth
  const run = async (call: Promise<SdkResult>): Promise<User> => {
    const user = toUser(takeData(await call.catch(toResult)).user)
    if (user) return user
    throw new LoginFailure('failed', 'The login service names no user.')
  }
  return {
    restore: async () => {
      const result = await auth.getSession().catch(toResult)
      // The service has ended the session, so that there is none.
      if (result.error && toProblem(result.error) === 'wrong') return undefined
      const { session, user } = takeData(result)
      return session ? toUser(user) : undefined
    },
    signInWithPassword: (name, password) => run(auth.signInWithPassword({ ...toNameField(name), password })),
    sendCode: async (kind, address) => {
      const sending = auth.signInWithOtp(kind === 'phone' ? { phone: toPhone(address) } : { email: address })
      const result = await sending.catch(toResult)
      const { verifyOtp } = takeData(result)
      if (!verifyOtp) throw new LoginFailure('failed', 'The login service has sent no code.')
      return (token) => run(verifyOtp({ token }))
    },
    signInAnonymously: () => run(auth.signInAnonymously()),
    // Without a connection the session ends on this device only.
    signOut: async () => void (await auth.signOut({}).catch(toResult)),
    caller: {
      getHeaders: async () => {
        const { accessToken } = await auth.getAccessToken().catch((error: unknown) => {
          throw toCallFailure(toSdkError(error))
        })
        return { authorization: `Bearer ${accessToken}` }
      },
      renew: async () => !(await auth.refreshSession().catch(toResult)).error,
    },
  }
}

const toSdkError = (error: unknown): SdkError =>
  typeof error === 'object' && error !== null ? error : { message: String(error) }

const toResult = (error: unknown): SdkResult => ({ error: toSdkError(error) })

/** @throws LoginFailure if the result is an error */
const takeData = ({ data = {}, error }: SdkResult): NonNullable<SdkResult['data']> => {
  if (error) throw new LoginFailure(toProblem(error), error.message ?? error.error_description ?? error.error ?? '')
  return data
}

/** The categories and the codes of the SDK (js-sdk 3.7, `AuthErrorCategory`, `ErrorType`). */
const problems: Readonly<Record<string, LoginProblem>> = {
  PROVIDER_NOT_ENABLED: 'notEnabled',
  INVALID_CREDENTIALS: 'wrong',
  AUTH_METHOD_MISMATCH: 'wrong',
  USER_NOT_FOUND: 'unknownUser',
  USER_STATUS_ABNORMAL: 'blocked',
  SERVICE_ERROR: 'unreachable',
  INVALID_PARAMS: 'invalid',
  RATE_LIMITED: 'tooOften',
  VERIFICATION_FAILED: 'wrongCode',
  unauthenticated: 'wrong',
  invalid_grant: 'wrong',
  unreachable: 'unreachable',
}

const toProblem = ({ category, error }: SdkError): LoginProblem =>
  problems[category ?? ''] ?? problems[error ?? ''] ?? 'failed'

const toCallFailure = (error: SdkError): CallFailure =>
  toProblem(error) === 'wrong'
    ? new CallFailure({ status: 401, code: 'signed_out', message: 'The session has ended.' })
    : new CallFailure({ status: 503, code: 'auth_unavailable', message: 'The login service does not reply.' })

/** The name that the login service gives to users without an account. */
const anonymousName = 'anonymous'

const toUser = (user: SdkUser | null | undefined): User | undefined => {
  if (!user?.id) return undefined
  const { username, nickName, name } = user.user_metadata ?? {}
  const names = [nickName, name, username, user.phone, user.email]
  return { id: user.id, name: names.find((text) => text && text !== anonymousName) }
}

/** The login service tells names, numbers and addresses apart by their field. */
const toNameField = (name: string): Readonly<Record<string, string>> => {
  if (name.includes('@')) return { email: name }
  return /^(\+\d{1,3} ?)?\d{11}$/.test(name) ? { phone: toPhone(name) } : { username: name }
}

/** Numbers without a country are of China. */
const toPhone = (number: string): string => {
  const plain = number.replaceAll('-', '').trim()
  return plain.startsWith('+') ? plain : `+86 ${plain.replace(/\s/g, '')}`
}
