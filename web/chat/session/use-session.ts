import { useEffect, useMemo, useState } from 'preact/hooks'
import { type Caller, callerWithoutHeaders } from '../../parts/gateway/gateway.ts'
import type { PageConfig } from '../config/page-config.ts'
import { type Login, LoginFailure, type LoginProblem, type User } from './login.ts'

/** Who uses the page. */
export interface Session {
  readonly state: 'loading' | 'failed' | 'signedOut' | 'signedIn'
  /** The login of the environment. Undefined: it is not loaded, or the gateway asks for none. */
  readonly login: Login | undefined
  /** Undefined: nobody has signed in, or the gateway does not ask. */
  readonly user: User | undefined
  /** Undefined: it is not known yet who calls. */
  readonly caller: Caller | undefined
  readonly enter: (user: User) => void
  /** Shows the sign-in. The session in the browser stays. */
  readonly showSignIn: () => void
  readonly leave: () => void
  readonly retry: () => void
}

interface Found {
  readonly state: Session['state']
  readonly login?: Login | undefined
  readonly user?: User | undefined
}

/** Finds the session of an earlier visit, and keeps the one of this visit. */
export const useSession = ({ login: loginConfig }: PageConfig): Session => {
  const [found, setFound] = useState<Found>({ state: loginConfig ? 'loading' : 'signedIn' })
  const [visit, setVisit] = useState(0)
  useEffect(() => {
    if (!loginConfig) return
    setFound({ state: 'loading' })
    restore(loginConfig).then(setFound, () => setFound({ state: 'failed' }))
  }, [loginConfig, visit])
  const { state, login, user } = found
  const caller = useMemo(() => {
    if (state !== 'signedIn') return undefined
    return login ? { ...login.caller } : callerWithoutHeaders
  }, [state, login, user?.id])
  return {
    ...{ state, login, user, caller },
    enter: (entered) => setFound({ state: 'signedIn', login, user: entered }),
    showSignIn: () => setFound({ state: 'signedOut', login }),
    leave: () => {
      setFound({ state: 'signedOut', login })
      login?.signOut().catch(console.error)
    },
    retry: () => setVisit(visit + 1),
  }
}

/** The SDK is larger than the page, so that only a page with a login loads it. */
const restore = async (config: NonNullable<PageConfig['login']>): Promise<Found> => {
  const { createCloudBaseLogin } = await import('./cloudbase-login.ts')
  const login = createCloudBaseLogin(config)
  const user = await login.restore()
  return { state: user ? 'signedIn' : 'signedOut', login, user }
}

/** Returns why a sign-in failed. */
export const toLoginProblem = (error: unknown): LoginProblem =>
  error instanceof LoginFailure ? error.problem : 'failed'
