import type { Caller } from '../parts/gateway/gateway.ts'

/** What identifies the caller: the access token of a user, or the administrator's key. */
export interface Credential {
  readonly kind: 'token' | 'adminKey'
  readonly value: string
}

/** Returns the caller with a credential, or the one without. */
export const toCaller = (credential: Credential | undefined): Caller => ({
  getHeaders: async (): Promise<Record<string, string>> => {
    if (!credential) return {}
    return credential.kind === 'token'
      ? { authorization: `Bearer ${credential.value}` }
      : { 'x-gateway-key': credential.value }
  },
})
