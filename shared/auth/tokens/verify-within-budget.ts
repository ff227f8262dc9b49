import type { TokenBucket } from '../../runtime/token-bucket.ts'
import { authUnavailableError } from '../auth-errors.ts'
import { decodeJwtHeader } from './decode-jwt.ts'
import type { Jwks } from './jwks.ts'
import type { VerifyToken } from './verified-token.ts'

/** Options of the bounded verification. */
export interface BudgetOptions {
  /** Verifies a token by a call to the login service. */
  readonly verify: VerifyToken
  /** How many tokens that the login service does not accept may be sent to it. */
  readonly budget: TokenBucket
  readonly keys: Jwks
}

/** Bounds the calls to the login service that forged tokens cause. A token that is accepted costs nothing. If the budget
 *  is used up, only tokens with a signature of the environment are sent on, so a flood locks no user out. The keys are
 *  not fetched before that. */
export const createVerifyWithinBudget =
  ({ verify, budget, keys }: BudgetOptions): VerifyToken =>
  async (token) => {
    if (!budget.take()) {
      await requireSignature(token, keys)
      return verify(token)
    }
    const verified = await verify(token)
    budget.putBack()
    return verified
  }

/** @throws auth_unavailable (503), because the login service did not check this token */
const requireSignature = async (token: string, keys: Jwks): Promise<void> => {
  const { kid } = decodeJwtHeader(token) ?? {}
  const verifySignature = typeof kid === 'string' ? await keys.getVerifySignature(kid) : 'unknown_key'
  if (typeof verifySignature !== 'function') throw authUnavailableError()
  try {
    verifySignature(token)
  } catch (error) {
    throw authUnavailableError(error)
  }
}
