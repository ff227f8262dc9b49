import { setTimeout as sleep } from 'node:timers/promises'
import { between, type Random } from '../../rig/random.ts'

/** A grant that was asked for. */
export interface MadeGrant {
  readonly user: string
  readonly key: string
  readonly points: number
  /** Whether it was answered with 200. Otherwise it expired before that. */
  readonly isAcknowledged: boolean
}

/** Grants points and takes them back, as a shop does. */
export interface Grants {
  readonly grant: (user: string, number: number) => Promise<void>
  /** Takes back one of the grants, if there are any. */
  readonly revokeOne: () => Promise<void>
  readonly made: readonly MadeGrant[]
}

interface GrantsOptions {
  /** Resolves with the port of the function that serves wallets. */
  readonly getPort: () => Promise<number>
  readonly adminKey: string
  readonly random: Random
}

const maxTries = 1_000

/** Creates the grants of a run. About half of them expire within four seconds. A request is repeated until it has a reply that is
 *  final. */
export const createGrants = ({ getPort, adminKey, random }: GrantsOptions): Grants => {
  const made: MadeGrant[] = []
  const post = async (path: string, body: object): Promise<number> => {
    for (let tries = 1; ; tries++) {
      const status = await postOnce(`http://127.0.0.1:${await getPort()}${path}`, body, adminKey)
      // Another program may have the port of a function that was just killed, and reply with anything.
      if (status === 200 || status === 400) return status
      if (tries === maxTries) throw new Error(`${path} got the status ${status} at last.`)
      await sleep(between(random, 5, 50))
    }
  }
  return {
    made,
    grant: async (user, number) => {
      const key = `order-${number}`
      const points = between(random, 100, 4_000)
      const expires_at = random() < 0.5 ? Math.ceil(Date.now() / 1_000) + between(random, 1, 3) : null
      const status = await post('/admin/wallet/grant', { user_id: user, key, points, reason: 'chaos', expires_at })
      made.push({ user, key, points, isAcknowledged: status === 200 })
    },
    revokeOne: async () => {
      const known = made.filter(({ isAcknowledged }) => isAcknowledged)
      const { key } = known[between(random, 0, known.length - 1)] ?? {}
      if (key !== undefined) await post('/admin/wallet/revoke', { key })
    },
  }
}

/** Resolves with the status; undefined if there was no reply. */
const postOnce = (url: string, body: object, adminKey: string): Promise<number | undefined> =>
  fetch(url, {
    method: 'POST',
    headers: { 'x-gateway-key': adminKey },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  }).then(
    async (response) => {
      await response.arrayBuffer()
      return response.status
    },
    () => undefined,
  )
