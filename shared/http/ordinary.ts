import type { IncomingMessage } from 'node:http'
import { maxHeaders } from './connection-limits.ts'

/** Whether a message is like nearly all others; the rest deserve a closer look, for which more is loaded. */
export const isOrdinary = ({ headers, rawHeaders, httpVersion, url }: IncomingMessage): boolean =>
  httpVersion === '1.1' &&
  url?.startsWith('/') === true &&
  headers.host?.includes(',') === false &&
  rawHeaders.length <= 2 * maxHeaders &&
  !rare.some((name) => name in headers)

const rare = ['transfer-encoding', 'expect', 'upgrade']
