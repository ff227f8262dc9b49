import { gzipSync } from 'node:zlib'

/** What the platform may do to a request on its way, as far as nobody has documented it. By default it does nothing. */
export interface Manners {
  /** Largest request body, in bytes. */
  maxBodyBytes: number
  /** Longest silence of a function, and longest answer, in milliseconds. */
  maxSilenceMs: number
  maxTotalMs: number
  /** Largest answer, in bytes. */
  maxAnswerBytes: number
  /** Whether answers are held back until they are whole. */
  holdsAnswers: boolean
  /** Whether functions are told who calls, in place of what the client says. */
  sendsContext: boolean
  /** Whether a function is stopped while it answers nobody. */
  freezes: boolean
  /** What it does to the `Authorization` header. */
  dropsAuthorization: boolean
}

export const noManners = (): Manners => ({
  maxBodyBytes: Number.POSITIVE_INFINITY,
  maxSilenceMs: 0,
  maxTotalMs: 0,
  maxAnswerBytes: Number.POSITIVE_INFINITY,
  holdsAnswers: false,
  sendsContext: false,
  freezes: false,
  dropsAuthorization: false,
})

/** Headers as a function gets them. */
export const forwardedHeaders = (
  { host: _, authorization, ...headers }: NodeJS.Dict<string | string[]>,
  { sendsContext, dropsAuthorization }: Manners,
): NodeJS.Dict<string | string[]> => ({
  ...headers,
  ...(authorization !== undefined && !dropsAuthorization && { authorization }),
  ...(sendsContext && { 'x-cloudbase-context': gzipSync('{"envId":"shop","userId":"u"}').toString('base64') }),
})
