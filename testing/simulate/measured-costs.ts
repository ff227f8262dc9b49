/** Costs of our own functions, as `npm run bench` measured them. docs/performance.md states machine and rounds. */
export const measuredCosts = {
  /** From the start of an instance to the first byte of its first reply, with records in the document database, in
   *  milliseconds. */
  coldStartMs: 107,
  /** Processor time of a request, and of one streamed event, in milliseconds. */
  requestCpuMs: 0.339,
  eventCpuMs: 0.071,
  /** Memory of an instance after its first reply, and what one of 100 streams adds, in MB. */
  instanceMb: 54.9,
  streamMb: 0.2,
} as const

/** Bytes of one event with a token, as OpenAI writes it, with its share of headers and chunk sizes. */
export const eventBytes = 230

/** Open files of one stream: to the client, and to the provider. */
export const filesPerStream = 2

/** Changes a second up to which the rows of a quota of all calls keep 99 of 100 calls waiting about a quarter of a second: 140
 *  instances, and 10 ms to the database and back (`measure-hot-quota.ts`). */
export const calmSpreadChanges = 667
