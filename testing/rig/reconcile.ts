import { toUsageRecord, type UsageRow } from '../../shared/usage/store/row.ts'
import type { Observation } from './client.ts'
import type { UpstreamTruth } from './faulty-upstream.ts'

/** Everything known after a run: what clients received, what the provider did, what was recorded, what was delivered. */
export interface RunResult {
  readonly observations: readonly Observation[]
  readonly truth: ReadonlyMap<number, UpstreamTruth>
  readonly rows: readonly UsageRow[]
  /** Bodies that the webhook stored, by the id of their record. */
  readonly taken: ReadonlyMap<string, readonly string[]>
  /** Final records that a function could not write, by its log. */
  readonly degraded: number
}

/** The books of a run. Figures count records, or tokens if their name has tokens. All of `failures` must be 0. */
export interface Reconciliation {
  readonly requests: number
  /** Requests whose client received a part of the completion, and all of it. */
  readonly answers: number
  readonly completeAnswers: number
  readonly records: number
  /** Records with the usage of the provider, and records with an estimate. */
  readonly exact: number
  readonly estimated: number
  readonly orphans: number
  /** Orphans without stored text. They cost nothing. */
  readonly emptyOrphans: number
  /** Completions that a client received in part and whose record is such an orphan: the loss caused by kills and store faults. */
  readonly uncharged: number
  readonly voided: number
  /** Final records that could not be written at the end of the completion. */
  readonly degraded: number
  readonly exactTokensRecorded: number
  readonly exactTokensStated: number
  /** Records that the webhook received more than once. Its idempotency key is for this case. */
  readonly redelivered: number
  /** Of those, the records with different figures: the store had not accepted the record of the first delivery. */
  readonly corrected: number
  readonly failures: Readonly<Record<Failure, number>>
}

type Failure =
  /** Completions without a record. */
  | 'lost'
  /** Requests with more than one record. */
  | 'doubled'
  /** Records with tokens although the provider sent no text for the request. */
  | 'invented'
  /** Exact records whose figures differ from those of the provider. */
  | 'wrong'
  /** Completions that a client received to the end and whose record is an orphan, without the degraded ones. */
  | 'unsettled'
  /** Records that are still open. */
  | 'leftOpen'
  /** Records that the webhook did not receive. */
  | 'undelivered'
  /** Deliveries without a record. */
  | 'unrecorded'
  /** Deliveries whose figures differ from the record, without the degraded ones. */
  | 'contradicted'

/** Compares what clients, provider, store and webhook have. */
export const reconcile = ({ observations, truth, rows, taken, degraded }: RunResult): Reconciliation => {
  const final = rows.filter((row) => row.state === 'final')
  const answers = observations.filter(({ content }) => content)
  const exact = final.filter((row) => !row.estimated)
  const orphans = final.filter((row) => row.outcome === 'orphan')
  const empty = new Set(orphans.filter((row) => row.total_tokens === 0).map(({ id }) => id))
  const ids = new Set(final.map(({ id }) => id))
  const contradicted = final.filter((row) =>
    (taken.get(row.id) ?? []).some((body) => !hasSameFigures(body, row)),
  ).length
  const orphaned = new Set(orphans.map(({ id }) => id))
  const unsettled = answers.filter(({ id, complete }) => complete && id !== undefined && orphaned.has(id)).length
  const getStatedTokens = (row: UsageRow): number => countTokens(truth.get(getRequestNumber(row))?.usage)
  const failures: Record<Failure, number> = {
    lost: answers.filter(({ id }) => id === undefined || !ids.has(id)).length,
    doubled: final.length - new Set(final.map(getRequestNumber)).size,
    invented: final.filter((row) => row.total_tokens > 0 && !truth.get(getRequestNumber(row))?.answered).length,
    wrong: exact.filter((row) => row.total_tokens !== getStatedTokens(row)).length,
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
    exactTokensStated: sum(exact.map(getStatedTokens)),
    redelivered: [...taken.values()].filter((bodies) => bodies.length > 1).length,
    corrected: contradicted,
    failures,
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The number of the request of a row. */
export const getRequestNumber = ({ client_request_id: id }: UsageRow): number => Number(id?.replace('n-', ''))

const countTokens = (usage: UpstreamTruth['usage']): number =>
  usage ? usage.prompt_tokens + usage.completion_tokens : -1

const hasSameFigures = (body: string, row: UsageRow): boolean => body === JSON.stringify(toUsageRecord(row))
