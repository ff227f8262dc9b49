import { gzipSync } from 'node:zlib'

/** What the platform may do to a request on its way, as far as nobody has documented it. By default it does nothing. */
export interface PlatformBehaviour {
  /** Largest request body, in bytes. */
  maxBodyBytes: number
  /** Longest silence of a function, and longest answer, in milliseconds. */
  maxSilenceMs: number
  maxTotalMs: number
  /** Largest answer, in bytes. */
  maxReplyBytes: number
  /** Whether answers are held back until they are whole. */
  buffersReplies: boolean
  /** Whether functions are told who calls, in place of what the client says. */
  sendsContext: boolean
  /** Whether a function is stopped while it answers nobody. */
  freezes: boolean
  /** What it does to the `Authorization` header. */
  dropsAuthorization: boolean
}

export const neutralBehaviour = (): PlatformBehaviour => ({
  maxBodyBytes: Number.POSITIVE_INFINITY,
  maxSilenceMs: 0,
  maxTotalMs: 0,
  maxReplyBytes: Number.POSITIVE_INFINITY,
  buffersReplies: false,
  sendsContext: false,
  freezes: false,
  dropsAuthorization: false,
})

/** Headers as a function gets them. */
export const toForwardedHeaders = (
  { host: _, authorization, ...headers }: NodeJS.Dict<string | string[]>,
  { sendsContext, dropsAuthorization }: PlatformBehaviour,
): NodeJS.Dict<string | string[]> => ({
  ...headers,
  ...(authorization !== undefined && !dropsAuthorization && { authorization }),
  ...(sendsContext && { 'x-cloudbase-context': gzipSync('{"envId":"shop","userId":"u"}').toString('base64') }),
})
