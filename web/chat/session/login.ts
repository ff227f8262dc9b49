import type { Caller } from '../../parts/gateway/gateway.ts'

/** A user who has signed in. */
export interface User {
  readonly id: string
  /** A name to show. Undefined: the user has none, such as without an account. */
  readonly name: string | undefined
}

/** Why a sign-in failed. */
export type LoginProblem =
  | 'wrong'
  | 'wrongCode'
  | 'unknownUser'
  | 'blocked'
  | 'notEnabled'
  | 'tooOften'
  | 'invalid'
  | 'unreachable'
  | 'failed'

/** A sign-in that failed. The message is that of the login service. */
export class LoginFailure extends Error {
  readonly problem: LoginProblem

  constructor(problem: LoginProblem, message: string) {
    super(message)
    this.problem = problem
  }
}

/** Signs in with the code that was sent.
 *  @throws LoginFailure */
export type SignInWithCode = (code: string) => Promise<User>

/** The login of an environment. Each function throws LoginFailure. */
export interface Login {
  /** Returns the user of an earlier visit; undefined if there is none. */
  readonly restore: () => Promise<User | undefined>
  /** @param name a user name, a phone number or an e-mail address */
  readonly signInWithPassword: (name: string, password: string) => Promise<User>
  /** Sends a code to a phone number or an e-mail address. */
  readonly sendCode: (kind: 'phone' | 'email', address: string) => Promise<SignInWithCode>
  readonly signInAnonymously: () => Promise<User>
  readonly signOut: () => Promise<void>
  readonly caller: Caller
}
