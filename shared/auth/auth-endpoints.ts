/** Where an environment's tokens come from and are checked. */
export interface AuthEndpoints {
  /** The environment's public keys, a JWKS (RFC 7517). */
  readonly keysUrl: URL
  /** Answers whose token it was asked with. */
  readonly userUrl: URL
  /** Every `iss` a token of this environment may carry; nothing else is one. */
  readonly issuers: readonly string[]
}

export interface AuthEndpointOptions {
  /** CloudBase environment id. */
  readonly envId: string
  readonly region: string
  /** Replaces the host that is asked, and may issue tokens too; undefined: CloudBase's own. */
  readonly origin: string | undefined
}

/** Regions served by the gateway host inside China (`@cloudbase/node-sdk` 3.18.3, `tcbopenapiendpoint.ts`); all others
 *  are served by the international one. */
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

/** CloudBase's hosts. The `iss` of a token follows the host that the user signed in at, so each of them may issue. */
const hosts = {
  china: ({ envId }: AuthEndpointOptions) => `https://${envId}.api.tcloudbasegateway.com`,
  international: ({ envId }: AuthEndpointOptions) => `https://${envId}.api.intl.tcloudbasegateway.com`,
  regional: ({ envId, region }: AuthEndpointOptions) => `https://${envId}.${region}.tcb-api.tencentcloudapi.com`,
} satisfies Record<string, (options: AuthEndpointOptions) => string>

/** `iss` is the host alone, or the auth API's root (CloudBase documentation, "PostgreSQL: JWT claims"). */
const issuerPaths = ['', '/auth/v1'] as const

/** The auth endpoints of an environment, made of its id and region; one table, no wildcards. */
export const getAuthEndpoints = (options: AuthEndpointOptions): AuthEndpoints => {
  const home = chinaRegions.includes(options.region) ? hosts.china(options) : hosts.international(options)
  const asked = options.origin === undefined ? home : new URL(options.origin).origin
  const issuing = new Set([home, hosts.regional(options), asked])
  return {
    keysUrl: new URL('/auth/v1/certs', asked),
    userUrl: new URL('/auth/v1/user/me', asked),
    issuers: [...issuing].flatMap((host) => issuerPaths.map((path) => `${host}${path}`)),
  }
}
