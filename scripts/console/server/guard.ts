import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** The header with the token of a console. Pages of other hosts cannot send it: a browser asks first, and gets no leave. */
const tokenHeader = 'x-console-token'

/** Why a request is refused. */
export interface GuardRefusal {
  readonly status: 401 | 403
  readonly code: 'foreign_host' | 'foreign_origin' | 'wrong_token'
  readonly message: string
}

/** The names of this machine that a browser resolves by itself. Another name may be a stranger's that now points here (DNS rebinding). */
const loopbackHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i

/** Refuses a request that names another host. A forwarded port may differ from ours, so each port of this machine passes. Returns
 *  undefined if the request passes. */
export const findForeignHost = ({ host = '' }: IncomingHttpHeaders): GuardRefusal | undefined =>
  loopbackHost.test(host)
    ? undefined
    : refuse('foreign_host', 'The console replies on this machine only. Open the URL that npm run console printed.')

/** Refuses a request from a page of another origin. Returns undefined if the request passes. */
export const findForeignOrigin = (headers: IncomingHttpHeaders): GuardRefusal | undefined => {
  const { host = '', origin, 'sec-fetch-site': site = 'none' } = headers
  const isOwn = origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`
  if (isOwn && (site === 'none' || site === 'same-origin')) return undefined
  return refuse('foreign_origin', 'The console serves its own page only. Open the URL that npm run console printed.')
}

const refuse = (code: GuardRefusal['code'], message: string): GuardRefusal => ({ status: 403, code, message })

/** Refuses a request without the token of this start. Returns undefined if it has it. */
export const findWrongToken = (headers: IncomingHttpHeaders, token: string): GuardRefusal | undefined => {
  const { [tokenHeader]: given } = headers
  if (typeof given === 'string' && timingSafeEqual(digest(given), digest(token))) return undefined
  const message = 'The console was started again, or its URL was copied without its end. Open the URL that it printed.'
  return { status: 401, code: 'wrong_token', message }
}

/** Texts of one length, so that their comparison takes the same time for each. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
