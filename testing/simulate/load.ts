/** What users do, and how the gateway is set up: the input of a simulation. */
export interface Load {
  /** Users that are online at the same time. */
  readonly users: number
  /** Answers that one of them asks for in an hour. */
  readonly answersPerHour: number
  /** Time from the request to the end of an answer, in seconds: its mean. Times are distributed exponentially. */
  readonly answerSeconds: number
  /** Length of a streamed answer, in tokens. Each is one event. */
  readonly answerTokens: number
  /** Memory of the chat function, in MB. */
  readonly memoryMb: number
  /** Requests that one instance serves at the same time (`maxConcurrency` in cloudbaserc.json). */
  readonly concurrency: number
  /** Time that the platform keeps an idle instance, in seconds. It promises none. */
  readonly keepSeconds: number
  readonly store: StoreName
  readonly durability: 'intent' | 'final'
  /** Whether a webhook gets each record. */
  readonly webhook: boolean
  readonly wallet: boolean
  /** Connections of one instance to MySQL at most (`MYSQL_POOL_MAX`). */
  readonly mysqlPoolMax: number
  /** Rows of quotas that count a call: one for its user, one for each other subject. */
  readonly quotaRows: number
  /** Whether a quota or a limit counts tokens or points, so that it is corrected when the answer ends. */
  readonly quotaOfTokens: boolean
}

/** A store that instances share. */
export type StoreName = 'collection' | 'mysql' | 'rdb'

/** One user of a chat app reads and writes for two and a half minutes for each answer. */
export const defaultLoad: Load = {
  users: 1_000,
  answersPerHour: 24,
  answerSeconds: 10,
  answerTokens: 300,
  memoryMb: 256,
  concurrency: 50,
  keepSeconds: 300,
  store: 'collection',
  durability: 'intent',
  webhook: false,
  wallet: true,
  mysqlPoolMax: 5,
  quotaRows: 0,
  quotaOfTokens: false,
}
