import { countOperations, type Operations } from './count-operations.ts'
import type { Load } from './load.ts'
import { calmSpreadChanges, eventBytes, filesPerStream, measuredCosts } from './measured-costs.ts'
import { maxOpenFiles, maxRegionMb, maxRouteRequests, prices } from './platform-limits.ts'
import { simulateInstances } from './simulate-instances.ts'

/** What a load costs and needs. */
export interface Outcome {
  readonly users: number
  readonly answersPerSecond: number
  /** The most answers at the same time. */
  readonly streams: number
  readonly instances: number
  /** Requests that began an instance, of a thousand. */
  readonly coldStarts: number
  readonly operations: Operations
  readonly operationsPerSecond: number
  /** Connections of all instances to MySQL; 0 for the other stores, which have none. */
  readonly connections: number
  /** Processor cores in use, on the machine of the benchmark. */
  readonly cores: number
  readonly megabytesPerSecond: number
  /** Yuan for a thousand answers, without the providers' price and the database. */
  readonly yuan: number
  /** How much of each limit is used: 1 is all of it. The greatest first. */
  readonly shares: readonly LimitShare[]
}

/** The use of one limit. */
export interface LimitShare {
  readonly limit: LimitName
  readonly share: number
}

/** A limit that a growing load meets. */
export type LimitName = keyof typeof limits

/** What the limits are compared with. */
interface Demand {
  readonly load: Load
  readonly answersPerSecond: number
  readonly instances: number
}

/** Each limit with its use. A share above 1 does not work. */
const limits = {
  /** The memory of all instances of the region. */
  'region-memory': ({ load, instances }: Demand) => (instances * load.memoryMb) / maxRegionMb,
  /** The memory of one instance that is full of streams. */
  'instance-memory': ({ load }: Demand) =>
    (measuredCosts.instanceMb + load.concurrency * measuredCosts.streamMb) / load.memoryMb,
  /** The open files of one instance that is full of streams. */
  'open-files': ({ load }: Demand) => (load.concurrency * filesPerStream) / maxOpenFiles,
  /** The requests of the route. */
  'route-requests': ({ answersPerSecond }: Demand) => answersPerSecond / maxRouteRequests,
  /** The rows that all calls change, if a quota counts the environment or a model. */
  'shared-row': ({ load, answersPerSecond }: Demand) =>
    load.quotaRows > 1 ? (answersPerSecond * (load.quotaOfTokens ? 2 : 1)) / calmSpreadChanges : 0,
} as const

/** Simulates a load.
 *  @param random numbers from 0 to 1 */
export const simulate = (load: Load, random: () => number): Outcome => {
  const answersPerSecond = (load.users * load.answersPerHour) / 3_600
  const { instances, streams, coldStarts, billedSeconds } = simulateInstances(load, random)
  const operations = countOperations(load)
  const bytes = load.answerTokens * eventBytes
  const cpuMs = measuredCosts.requestCpuMs + load.answerTokens * measuredCosts.eventCpuMs
  const demand: Demand = { load, answersPerSecond, instances }
  return {
    users: load.users,
    answersPerSecond,
    streams,
    instances,
    coldStarts,
    operations,
    operationsPerSecond: answersPerSecond * (operations.records + operations.wallet + operations.quotas),
    connections: load.store === 'mysql' ? instances * load.mysqlPoolMax : 0,
    cores: (answersPerSecond * cpuMs) / 1_000,
    megabytesPerSecond: (answersPerSecond * bytes) / 1e6,
    yuan: (billedSeconds * load.memoryMb * prices.gbSecond) / 1_024 + (1_000 * bytes * prices.gbSent) / 1e9,
    shares: rankShares(demand),
  }
}

const rankShares = (demand: Demand): LimitShare[] =>
  (Object.keys(limits) as LimitName[])
    .map((limit) => ({ limit, share: limits[limit](demand) }))
    .sort((one, other) => other.share - one.share)
