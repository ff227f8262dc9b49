import type { UsageRow } from '../../../shared/usage/store/row.ts'
import { auditWallet, viewWallet, type WalletView } from '../../../shared/wallet/view-wallet.ts'
import type { Wallets } from '../../../shared/wallet/wallets.ts'
import type { MadeGrant } from './grants.ts'

/** Everything known after a run with wallets. */
export interface WalletRun {
  readonly wallets: Wallets
  readonly users: readonly string[]
  readonly grants: readonly MadeGrant[]
  readonly rows: readonly UsageRow[]
}

/** The books of the wallets. All of `failures` must be 0. */
export interface WalletBooks {
  readonly figures: Readonly<
    Record<
      | 'wallets'
      | 'grants'
      | 'records'
      | 'charges'
      | 'charges with a shortfall'
      | 'expired grants'
      | 'revoked grants'
      | 'points granted'
      | 'points charged'
      | 'points left'
      | 'calls charged before their function died, whose record is an estimate',
      number
    >
  >
  readonly failures: Readonly<Record<WalletFailure, number>>
}

type WalletFailure =
  /** Problems that the audit finds: a balance that is not the sum of its entries, a missing entry. */
  | 'drift'
  /** Wallets that still hold points. */
  | 'held'
  /** Wallets with less than nothing. */
  | 'negative'
  /** Acknowledged grants that no wallet has. */
  | 'lostGrants'
  /** Grants that count more than once, or with other points. */
  | 'wrongGrants'
  /** Calls that were charged more than once. */
  | 'doubled'
  /** Charges of calls that have no final record. */
  | 'unrecorded'
  /** Records that cost points and were not charged. */
  | 'uncharged'
  /** Charges that differ from the points of the record, without those of orphans. */
  | 'wrongCharges'

type Entry = WalletView['entries'][number]

/** Compares the wallets with the grants that were made and with the records of calls. */
export const reconcileWallets = async ({ wallets, users, grants, rows }: WalletRun): Promise<WalletBooks> => {
  const page = { before: undefined, limit: 1_000_000 }
  const views = await Promise.all(users.map((user) => viewWallet(wallets, user, page)))
  const problems = (await Promise.all(users.map((user) => auditWallet(wallets, user)))).flat()
  const entries = views.flatMap((view) => view.entries)
  const charges = entries.filter(({ kind }) => kind === 'charge')
  const final = rows.filter(({ state }) => state === 'final')
  return {
    figures: toFigures({ views, entries, charges, final, grants }),
    failures: {
      drift: problems.length,
      held: views.filter(({ reserved }) => reserved !== 0).length,
      negative: views.filter(({ balance }) => balance < 0).length,
      ...compareGrants(entries, grants),
      ...compareCharges(charges, final),
    },
  }
}

const compareGrants = (entries: readonly Entry[], grants: readonly MadeGrant[]) => {
  const given = new Map<string, number[]>()
  for (const { kind, grant_id = '', points } of entries)
    if (kind === 'grant') given.set(grant_id, [...(given.get(grant_id) ?? []), points])
  const getGiven = ({ key }: MadeGrant): readonly number[] => given.get(key) ?? []
  const isWrong = (grant: MadeGrant): boolean =>
    getGiven(grant).length > 1 || getGiven(grant).some((points) => points !== grant.points)
  return {
    lostGrants: grants.filter((grant) => grant.isAcknowledged && getGiven(grant).length === 0).length,
    wrongGrants: grants.filter(isWrong).length,
  }
}

const compareCharges = (charges: readonly Entry[], final: readonly UsageRow[]) => {
  const costs = new Map(charges.map((entry) => [entry.request_id, getCost(entry)]))
  const ids = new Set(final.map(({ id }) => id))
  const known = final.filter(({ outcome }) => outcome !== 'orphan')
  return {
    doubled: charges.length - costs.size,
    unrecorded: charges.filter(({ request_id = '' }) => !ids.has(request_id)).length,
    uncharged: known.filter(({ id, points }) => points > 0 && !costs.has(id)).length,
    wrongCharges: known.filter(({ id, points }) => costs.has(id) && costs.get(id) !== points).length,
  }
}

/** What a call should have cost. */
const getCost = ({ points, shortfall = 0 }: Entry): number => shortfall - points

interface Books {
  readonly views: readonly WalletView[]
  readonly entries: readonly Entry[]
  readonly charges: readonly Entry[]
  readonly final: readonly UsageRow[]
  readonly grants: readonly MadeGrant[]
}

const toFigures = ({ views, entries, charges, final, grants }: Books): WalletBooks['figures'] => {
  const costs = new Map(charges.map((entry) => [entry.request_id, getCost(entry)]))
  const orphans = final.filter(({ outcome }) => outcome === 'orphan')
  const count = (kind: Entry['kind']): number => entries.filter((entry) => entry.kind === kind).length
  return {
    wallets: views.length,
    grants: grants.length,
    records: final.length,
    charges: charges.length,
    'charges with a shortfall': charges.filter(({ shortfall }) => shortfall !== undefined).length,
    'expired grants': count('expire'),
    'revoked grants': count('revoke'),
    'points granted': sumPoints(entries.filter(({ kind }) => kind === 'grant')),
    'points charged': -sumPoints(charges),
    'points left': views.reduce((total, { balance }) => total + balance, 0),
    'calls charged before their function died, whose record is an estimate': orphans.filter(
      ({ id, points }) => (costs.get(id) ?? 0) !== points,
    ).length,
  }
}

const sumPoints = (entries: readonly Entry[]): number => entries.reduce((total, { points }) => total + points, 0)
