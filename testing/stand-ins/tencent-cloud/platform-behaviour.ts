import { gzipSync } from 'node:zlib'

/** Undocumented effects of the platform on requests and replies. The defaults have no effect. */
export interface PlatformBehaviour {
  /** Largest request body, in bytes. */
  maxBodyBytes: number
  /** Longest silence of a function, and longest reply, in milliseconds; 0 for no limit. */
  maxSilenceMs: number
  maxTotalMs: number
  /** Largest reply, in bytes. */
  maxReplyBytes: number
  /** Whether replies are buffered until they are complete. */
  buffersReplies: boolean
  /** Whether the platform replaces `x-cloudbase-context` with its own. */
  sendsContext: boolean
  /** Whether a function is frozen while it has no request. */
  freezes: boolean
  /** Whether it removes the `Authorization` header. */
  dropsAuthorization: boolean
}

/** Creates a behaviour without any effect. */
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

/** Returns the headers that a function receives. */
export const toForwardedHeaders = (
  { host: _, authorization, ...headers }: NodeJS.Dict<string | string[]>,
  { sendsContext, dropsAuthorization }: PlatformBehaviour,
): NodeJS.Dict<string | string[]> => ({
  ...headers,
  ...(authorization !== undefined && !dropsAuthorization && { authorization }),
  ...(sendsContext && { 'x-cloudbase-context': gzipSync('{"envId":"shop","userId":"u"}').toString('base64') }),
})
