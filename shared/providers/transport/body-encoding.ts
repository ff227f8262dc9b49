import type { IncomingHttpHeaders } from 'node:http'

/** Whether a body is UTF-8 by its headers, and not compressed. */
export const isPlain = (headers: IncomingHttpHeaders): boolean =>
  /^(identity)?$/i.test(headers['content-encoding']?.trim() ?? '') && getCharset(headers) === undefined

/** The encoding of the text of a body, if it is one of those that servers in China and Japan still have. Any other charset is
 *  ignored: JSON is UTF-8 (RFC 8259, section 8.1), whatever a proxy writes. */
export const getCharset = ({ 'content-type': type }: IncomingHttpHeaders): string | undefined =>
  type && /charset\s*=\s*"?(gb\w+|big5|utf-16(?:le|be)?|shift_jis|euc-\w\w)\b/i.exec(type)?.[1]

/** Whether the first bytes of a body cannot begin a text in UTF-8: gzip, zlib, or the byte order mark of UTF-16. */
export const isEncoded = (first: Buffer): boolean =>
  first[0] === 0x1f || first[0] === 0xff || first[0] === 0xfe || isZlib(first)

/** Whether bytes begin as zlib does (RFC 1950, section 2.2), with the usual window. Text that begins with the same letter `x` has
 *  no such second byte. */
export const isZlib = (first: Buffer): boolean =>
  first[0] === 0x78 && (first.length === 1 || (0x7800 + (first[1] ?? 0)) % 31 === 0)
