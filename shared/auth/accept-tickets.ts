import type { VerifyTicketOptions } from './ticket.ts'
import { isTicket } from './tokens/decode-jwt.ts'
import type { VerifyToken } from './tokens/verified-token.ts'

/** Verifies tickets of mini-program users (`llm-ticket`) by their own rules, and leaves all other tokens to `verify`. A
 *  token with a ticket's issuer is never tried as anything else. */
export const acceptTickets = (verify: VerifyToken, options: VerifyTicketOptions): VerifyToken => {
  if (options.secrets.length === 0) return verify
  return async (token) => {
    if (!isTicket(token)) return verify(token)
    const { verifyTicket } = await import('./ticket.ts')
    return verifyTicket(token, options)
  }
}
