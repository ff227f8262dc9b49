import { toUsageRecord, type UsageRow } from '../../shared/usage/store/row.ts'
import type { Observation } from './client.ts'
import type { UpstreamTruth } from './upstream.ts'

/** What is left after a run: what each client saw, what the provider did, what is recorded, what was delivered. */
export interface Aftermath {
  readonly observations: readonly Observation[]
  readonly truth: ReadonlyMap<number, UpstreamTruth>
  readonly rows: readonly UsageRow[]
  /** Bodies that the webhook took, by the id of their record. */
  readonly taken: ReadonlyMap<string, readonly string[]>
  /** Answers whose function logged that it could not write their final record. */
  readonly degraded: number
}

/** The books of a run, in records unless it says tokens. All of `failures` must be 0. */
export interface Reconciliation {
  readonly requests: number
  /** Requests of whose answer the client saw any part, and all of it. */
  readonly answers: number
  readonly completeAnswers: number
  readonly records: number
  /** Records with the provider's own figures, and with our estimate. */
  readonly exact: number
  readonly estimated: number
  readonly orphans: number
  /** Orphans of which nothing is known to have been delivered: they cost nothing. */
  readonly emptyOrphans: number
  /** Answers of which the client saw something and whose record is such an orphan: what a kill or a failing store cost. */
  readonly uncharged: number
  readonly voided: number
  /** Final records that could not be written when the answer ended. */
  readonly degraded: number
  readonly exactTokensRecorded: number
  readonly exactTokensStated: number
  /** Records that the webhook took more than once, which its idempotency key is for. */
  readonly redelivered: number
  /** Of those, with other figures the second time: the first delivery was of a record that the store had refused. */
  readonly corrected: number
  readonly failures: Readonly<Record<Failure, number>>
}

type Failure =
  /** Answers without a record. */
  | 'lost'
  /** Requests with more than one record. */
  | 'doubled'
  /** Records with tokens of requests that the provider never answered, or of none. */
  | 'invented'
  /** Exact records with other figures than the provider stated. */
  | 'wrong'
  /** Answers that a client saw to the end and whose record is an orphan's, beyond those whose end the store refused. */
  | 'unsettled'
  | 'leftOpen'
  | 'undelivered'
  /** Deliveries of what is not recorded. */
  | 'unrecorded'
  /** Deliveries with other figures than the record, beyond those of degraded answers. */
  | 'contradicted'

/** Lays the books beside each other. */
export const reconcile = ({ observations, truth, rows, taken, degraded }: Aftermath): Reconciliation => {
  const final = rows.filter((row) => row.state === 'final')
  const answers = observations.filter(({ content }) => content)
  const exact = final.filter((row) => !row.estimated)
  const orphans = final.filter((row) => row.outcome === 'orphan')
  const empty = new Set(orphans.filter((row) => row.total_tokens === 0).map(({ id }) => id))
  const ids = new Set(final.map(({ id }) => id))
  const contradicted = final.filter((row) => (taken.get(row.id) ?? []).some((body) => !states(body, row))).length
  const orphaned = new Set(orphans.map(({ id }) => id))
  const unsettled = answers.filter(({ id, complete }) => complete && id !== undefined && orphaned.has(id)).length
  const statedFor = (row: UsageRow): number => tokensOf(truth.get(numberOf(row))?.usage)
  const failures: Record<Failure, number> = {
    lost: answers.filter(({ id }) => id === undefined || !ids.has(id)).length,
    doubled: final.length - new Set(final.map(numberOf)).size,
    invented: final.filter((row) => row.total_tokens > 0 && !truth.get(numberOf(row))?.answered).length,
    wrong: exact.filter((row) => row.total_tokens !== statedFor(row)).length,
    unsettled: Math.max(0, unsettled - degraded),
    leftOpen: rows.filter(({ state }) => state === 'open').length,
    undelivered: final.filter((row) => row.delivery !== 'sent' || !taken.has(row.id)).length,
    unrecorded: [...taken.keys()].filter((id) => !ids.has(id)).length,
    contradicted: Math.max(0, contradicted - degraded),
  }
  return {
    requests: observations.length,
    answers: answers.length,
    completeAnswers: answers.filter(({ complete }) => complete).length,
    records: final.length,
    exact: exact.length,
    estimated: final.length - exact.length,
    orphans: orphans.length,
    emptyOrphans: empty.size,
    uncharged: answers.filter(({ id }) => id !== undefined && empty.has(id)).length,
    voided: rows.filter(({ state }) => state === 'void').length,
    degraded,
    exactTokensRecorded: sum(exact.map((row) => row.total_tokens)),
    exactTokensStated: sum(exact.map(statedFor)),
    redelivered: [...taken.values()].filter((bodies) => bodies.length > 1).length,
    corrected: contradicted,
    failures,
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The number of the request that a row is about. */
export const numberOf = ({ client_request_id: id }: UsageRow): number => Number(id?.replace('n-', ''))

const tokensOf = (usage: UpstreamTruth['usage']): number => (usage ? usage.prompt_tokens + usage.completion_tokens : -1)

const states = (body: string, row: UsageRow): boolean => body === JSON.stringify(toUsageRecord(row))
