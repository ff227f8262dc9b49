import type { FleetTarget } from './fleet-target.ts'

/** What the client of one request received. */
export interface Turn {
  readonly number: number
  readonly conversation: number
  readonly status: number
  /** The names of the targets in the text of the answer. */
  readonly names: readonly string[]
  readonly isComplete: boolean
}

/** A usage record, as the webhook received it. */
export interface FleetRecord {
  readonly usage: { readonly total_tokens: number }
  readonly metadata: {
    readonly client_request_id: string
    readonly target: string
    readonly outcome: string
    readonly attempts: readonly { readonly target: string }[]
  }
}

/** The facts of a run. */
export interface FleetFacts {
  readonly calm: readonly Turn[]
  readonly faulty: readonly Turn[]
  readonly targets: readonly FleetTarget[]
  readonly records: readonly FleetRecord[]
  readonly weights: readonly number[]
  readonly returned: number
}

/** The result of a run. All of `violations` are 0 if the promises hold. */
export interface FleetResult {
  readonly violations: {
    /** Requests without an answer although a healthy target was there all the time. */
    readonly failed: number
    /** Answers with text of two targets. */
    readonly mixed: number
    /** Requests that two targets answered. */
    readonly billedTwice: number
    /** Requests that a target tried twice. */
    readonly triedTwice: number
    /** Answers without a record, or with two. */
    readonly unrecorded: number
    /** Records that name another target than the one that answered. */
    readonly wrongTarget: number
    /** Targets that did not answer again after their faults had ended. */
    readonly lost: number
  }
  readonly requests: number
  /** Answers that a provider broke off. */
  readonly cut: number
  /** Attempts beyond the first of each request. */
  readonly switches: number
  /** The largest difference between a target's share of the conversations and its share of the weights, from 0 to 1. */
  readonly shareError: number
  /** Share of the turns that met the target of their conversation's first turn while all targets were healthy. */
  readonly affinity: number
}

/** Compares what clients, targets and the webhook saw. */
export const judgeFleet = ({ calm, faulty, targets, records, weights, returned }: FleetFacts): FleetResult => {
  const turns = [...calm, ...faulty]
  const answered = targets.flatMap(({ answers }) => answers)
  const byRequest = new Map<string, FleetRecord[]>()
  for (const record of records) {
    const { client_request_id: id } = record.metadata
    byRequest.set(id, [...(byRequest.get(id) ?? []), record])
  }
  const getRecords = ({ number }: Turn): readonly FleetRecord[] => byRequest.get(`n=${number}`) ?? []
  return {
    violations: {
      failed: turns.filter(({ status }) => status !== 200).length,
      mixed: turns.filter(({ names }) => names.length > 1).length,
      billedTwice: answered.length - new Set(answered).size,
      triedTwice: records.filter(({ metadata: { attempts } }) => hasDuplicates(attempts.map(({ target }) => target)))
        .length,
      unrecorded: turns.filter((turn) => turn.status === 200 && getRecords(turn).length !== 1).length,
      wrongTarget: turns.filter((turn) => getRecords(turn).some(({ metadata }) => !isNamed(metadata.target, turn)))
        .length,
      lost: targets.length - returned,
    },
    requests: turns.length,
    cut: turns.filter(({ status, isComplete }) => status === 200 && !isComplete).length,
    switches: records.reduce((sum, { metadata: { attempts } }) => sum + attempts.length - 1, 0),
    shareError: getShareError(calm, targets, weights),
    affinity: getAffinity(calm),
  }
}

const hasDuplicates = (names: readonly string[]): boolean => new Set(names).size < names.length

/** `chat/3` is the target that answers `t3`. */
const isNamed = (target: string, { names }: Turn): boolean => names.every((name) => target === `chat/${name.slice(1)}`)

const getFirstTurns = (turns: readonly Turn[]): ReadonlyMap<number, Turn> => {
  const first = new Map<number, Turn>()
  for (const turn of turns) {
    const known = first.get(turn.conversation)
    if (!known || turn.number < known.number) first.set(turn.conversation, turn)
  }
  return first
}

const getShareError = (turns: readonly Turn[], targets: readonly FleetTarget[], weights: readonly number[]): number => {
  const first = [...getFirstTurns(turns).values()]
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const errors = targets.map(({ name }, index) => {
    const share = first.filter(({ names }) => names[0] === name).length / first.length
    return Math.abs(share - (weights[index] ?? 0) / total)
  })
  return Math.max(...errors)
}

const getAffinity = (turns: readonly Turn[]): number => {
  const first = getFirstTurns(turns)
  return turns.filter(({ conversation, names }) => first.get(conversation)?.names[0] === names[0]).length / turns.length
}
