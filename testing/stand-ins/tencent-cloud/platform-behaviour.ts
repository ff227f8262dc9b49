import type { IncomingHttpHeaders } from 'node:http'
import { gzipSync } from 'node:zlib'

/** Undocumented effects of the platform on requests and replies. The defaults have no effect. */
export interface PlatformBehaviour {
  /** Largest request body of a text type and of any other, in bytes. */
  maxTextBytes: number
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
  /** Whether it removes the `x-wx-*` headers of a client. */
  dropsIdentity: boolean
  /** Whether it refuses functions whose security rule does not let everyone in. */
  checksRules: boolean
  /** Whether pages on its default domains are downloaded. */
  downloadsPages: boolean
}

/** Creates a behaviour without any effect. */
export const neutralBehaviour = (): PlatformBehaviour => ({
  maxTextBytes: Number.POSITIVE_INFINITY,
  maxBodyBytes: Number.POSITIVE_INFINITY,
  maxSilenceMs: 0,
  maxTotalMs: 0,
  maxReplyBytes: Number.POSITIVE_INFINITY,
  buffersReplies: false,
  sendsContext: false,
  freezes: false,
  dropsAuthorization: false,
  dropsIdentity: false,
  checksRules: false,
  downloadsPages: false,
})

/** Returns the largest body of a request, in bytes, by its type (CloudBase documentation, "EXCEED_MAX_PAYLOAD_SIZE"). */
export const getMaxBodyBytes = (
  { 'content-type': type = '' }: IncomingHttpHeaders,
  { maxTextBytes, maxBodyBytes }: PlatformBehaviour,
): number => (/^(text\/|application\/json)/.test(type) ? Math.min(maxTextBytes, maxBodyBytes) : maxBodyBytes)

/** Returns the headers that a function receives. */
export const toForwardedHeaders = (
  { host: _, authorization, ...headers }: NodeJS.Dict<string | string[]>,
  { sendsContext, dropsAuthorization, dropsIdentity }: PlatformBehaviour,
): NodeJS.Dict<string | string[]> => ({
  ...Object.fromEntries(Object.entries(headers).filter(([name]) => !(dropsIdentity && name.startsWith('x-wx-')))),
  ...(authorization !== undefined && !dropsAuthorization && { authorization }),
  ...(sendsContext && { 'x-cloudbase-context': gzipSync('{"envId":"shop","userId":"u"}').toString('base64') }),
})

/** Returns a header that makes browsers download a page, in place of the function's own; the name in lower case. */
export const getPageHeaders = ({ downloadsPages }: PlatformBehaviour): Record<string, string> =>
  downloadsPages ? { 'content-disposition': 'attachment' } : {}
