import { verify } from 'node:crypto'
import { createAdminKey } from '../shared/auth/admin-key.ts'
import { type Authenticate, type AuthOptions, createAuthenticate } from '../shared/auth/authenticate.ts'
import { toIdentity } from '../shared/auth/tokens/verified-token.ts'
import { startCloudBaseAuth } from '../testing/stand-ins/cloudbase-auth.ts'
import { rs256, signingKey } from '../testing/stand-ins/token-maker.ts'
import { startCpuClock } from '../testing/stats/own-cpu.ts'
import { median } from '../testing/stats/summary.ts'

/** Measures the processor time of authentication in one process. Other programs on the machine do not change it. The stand-in for
 *  the live state runs in this process too, so its row includes both sides of the call. */

const auth = await startCloudBaseAuth()
const forger = signingKey('forger')

const gateway = (changed: Partial<AuthOptions>): Authenticate =>
  createAuthenticate({
    mode: 'jwks',
    misconfigured: undefined,
    envId: auth.envId,
    region: 'ap-shanghai',
    origin: auth.origin,
    checkState: false,
    credentials: undefined,
    allowAnonymous: false,
    cacheTtlMs: 300_000,
    deniedUsers: new Set(['nobody']),
    adminKey: createAdminKey({ key: 'an-admin-key-of-some-length' }),
    ticketSecrets: [],
    ...changed,
  })

interface Measure {
  readonly authenticate: Authenticate
  readonly tokens: readonly string[]
}

/** Runs before the measurement, so that the engine has compiled the code. */
const warmUp = 500
const rounds = 7

const cpuMicroseconds = async ({ authenticate, tokens }: Measure): Promise<number> => {
  const readMs = startCpuClock()
  for (const token of tokens)
    await authenticate({ authorization: `Bearer ${token}` })
      .then(({ user }) => user)
      .catch(() => undefined)
  return (readMs() * 1_000) / tokens.length
}

const report = async (title: string, round: () => Measure): Promise<void> => {
  await cpuMicroseconds({ ...round(), tokens: round().tokens.slice(0, warmUp) })
  const figures: number[] = []
  for (let count = 0; count < rounds; count++) figures.push(await cpuMicroseconds(round()))
  const cost = median(figures)
  console.log(
    `${title.padEnd(58)} ${cost.toFixed(1).padStart(8)} µs ${Math.round(1e6 / cost)
      .toString()
      .padStart(9)} /s`,
  )
}

const many = (make: () => string, count = 1_000): string[] => Array.from({ length: count }, make)

const user = auth.token()
const one = gateway({})
const local = gateway({})
const asking = gateway({ checkState: true })
const refusing = gateway({})
for (const authenticate of [one, local, asking, refusing]) await authenticate({ authorization: `Bearer ${user}` })

const sameToken = Array.from({ length: 20_000 }, () => user)
console.log(
  `token of ${user.length} characters; CPU time per request, median of ${rounds} rounds; per second on one core`,
)
const bare: Authenticate = ({ authorization = '' }) => {
  const [header = '', claims = '', signature = ''] = authorization.slice('Bearer '.length).split('.')
  verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), auth.key().publicKey, Buffer.from(signature, 'base64url'))
  return Promise.resolve(toIdentity({ id: null, kind: 'user', groups: [] }))
}
await report('for comparison: the signature alone, by node:crypto', () => ({
  authenticate: bare,
  tokens: many(() => auth.token()),
}))
await report('warm: a token seen before', () => ({ authenticate: one, tokens: sameToken }))
await report('first sight: signature, claims, classifier', () => ({
  authenticate: local,
  tokens: many(() => auth.token()),
}))
await report('first sight with live state, both ends of the call', () => ({
  authenticate: asking,
  tokens: many(() => auth.token(), 300),
}))
await report('forged: wrong key under a known name', () => ({
  authenticate: refusing,
  tokens: many(() => auth.token({ sign: rs256(forger.privateKey) })),
}))
await report('forged: alg none', () => ({
  authenticate: refusing,
  tokens: many(() => auth.token({ header: { alg: 'none' }, sign: () => '' })),
}))
await report('forged: the same token again', () => ({
  authenticate: refusing,
  tokens: Array.from({ length: 5_000 }, () => `${user}x`),
}))
await auth.close()
