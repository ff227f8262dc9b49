/** What the load generator is to do. Connections are kept open and each has one request under way at a time. */
export interface LoadOrder {
  readonly port: number
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly connections: number
  /** Requests in all; undefined: as many as `seconds` allow. */
  readonly requests?: number
  readonly seconds?: number
  /** Time over which the first requests are spread, in milliseconds. */
  readonly spreadMs?: number
  /** Whether every answer must be a stream that ends with usage and `[DONE]`. */
  readonly streams?: boolean
}

/** What came of it. Latencies are in milliseconds. */
export interface LoadResult {
  readonly requests: number
  /** Answers that were not a 200, broke off, or lacked usage or `[DONE]` where the order asks for streams. */
  readonly failures: number
  /** What the first failure was. */
  readonly failure: string | undefined
  readonly seconds: number
  readonly firstByteMs: number[]
  /** From the upstream's sending to our receiving, per event. */
  readonly relayMs: number[]
  /** Between two arrivals in one stream. */
  readonly gapMs: number[]
  /** Events that arrived only after the upstream had sent the next one. */
  readonly held: number
  /** Arrivals that held no whole event: a piece of one. */
  readonly split: number
}
