/** An order for the load generator. Connections are kept open, and each has one request at a time. */
export interface LoadOrder {
  readonly port: number
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly connections: number
  /** Total number of requests; undefined for as many as `seconds` allow. */
  readonly requests?: number
  readonly seconds?: number
  /** The time over which the first requests are spread, in milliseconds. */
  readonly spreadMs?: number
  /** Whether every reply must be a stream that ends with usage and `[DONE]`. */
  readonly streams?: boolean
}

/** The result of an order. Latencies are in milliseconds. */
export interface LoadResult {
  readonly requests: number
  /** Replies without status 200, broken replies, and streams without usage or `[DONE]`. */
  readonly failures: number
  /** The reason of the first failure. */
  readonly failure: string | undefined
  readonly seconds: number
  readonly firstByteMs: number[]
  /** The time from sending to receiving of each event. */
  readonly relayMs: number[]
  /** The time between two arrivals in one stream. */
  readonly gapMs: number[]
  /** Events that arrived together with the next one. */
  readonly held: number
  /** Arrivals with only a part of an event. */
  readonly split: number
}
