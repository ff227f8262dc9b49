/** The services that issue and check an environment's tokens. */
export interface AuthEndpoints {
  /** The environment's public keys, a JWKS (RFC 7517). */
  readonly keysUrl: URL
  /** Returns the profile of the user whose token the request carries. */
  readonly userUrl: URL
  /** Every `iss` that a token of this environment may have. */
  readonly issuers: readonly string[]
}

/** The environment whose endpoints are needed. */
export interface AuthEndpointOptions {
  /** CloudBase environment id. */
  readonly envId: string
  readonly region: string
  /** Replaces the host that checks tokens, and may issue them too. Undefined: CloudBase's own. */
  readonly origin: string | undefined
}

/** Regions that the gateway host inside China serves (`@cloudbase/node-sdk` 3.18.3, `tcbopenapiendpoint.ts`). The
 *  international host serves all others. */
const chinaRegions: readonly string[] = [
  'ap-shanghai',
  'ap-guangzhou',
  'ap-shenzhen-fsi',
  'ap-shanghai-fsi',
  'ap-nanjing',
  'ap-beijing',
  'ap-chengdu',
  'ap-chongqing',
  'ap-hongkong',
]

/** CloudBase's hosts. Each may issue tokens: the `iss` of a token is the host at which the user signed in. */
const hosts = {
  china: ({ envId }: AuthEndpointOptions) => `https://${envId}.api.tcloudbasegateway.com`,
  international: ({ envId }: AuthEndpointOptions) => `https://${envId}.api.intl.tcloudbasegateway.com`,
  regional: ({ envId, region }: AuthEndpointOptions) => `https://${envId}.${region}.tcb-api.tencentcloudapi.com`,
} satisfies Record<string, (options: AuthEndpointOptions) => string>

/** `iss` is the host alone, or the auth API's root (CloudBase documentation, "PostgreSQL: JWT claims"). */
const issuerPaths = ['', '/auth/v1'] as const

/** Returns the auth endpoints of an environment, built from its id and region. There are no wildcards. */
export const getAuthEndpoints = (options: AuthEndpointOptions): AuthEndpoints => {
  const home = chinaRegions.includes(options.region) ? hosts.china(options) : hosts.international(options)
  const host = options.origin === undefined ? home : new URL(options.origin).origin
  const issuingHosts = new Set([home, hosts.regional(options), host])
  return {
    keysUrl: new URL('/auth/v1/certs', host),
    userUrl: new URL('/auth/v1/user/me', host),
    issuers: [...issuingHosts].flatMap((issuer) => issuerPaths.map((path) => `${issuer}${path}`)),
  }
}
