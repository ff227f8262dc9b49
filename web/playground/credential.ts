import { type Caller, callerWithoutHeaders } from '../parts/gateway/gateway.ts'

/** What identifies the caller: the access token of a user, or the administrator's key. */
export interface Credential {
  readonly kind: 'token' | 'adminKey'
  readonly value: string
}

/** Returns the caller with a credential, or the one without. */
export const toCaller = (credential: Credential | undefined): Caller => {
  if (!credential) return callerWithoutHeaders
  const { kind, value } = credential
  return {
    getHeaders: async () => (kind === 'token' ? { authorization: `Bearer ${value}` } : { 'x-gateway-key': value }),
  }
}
