/** A page of `web/`, built into `dist/web/<name>/`. */
export interface Page {
  /** Its folder. */
  readonly name: string
  /** What its files may have together, each compressed by gzip. */
  readonly maxGzipBytes: number
}

/** The pages. The local gateway serves the playground at `/`, and `npm run console` serves the console. */
export const pages: readonly Page[] = [
  { name: 'playground', maxGzipBytes: 60 * 1024 },
  { name: 'console', maxGzipBytes: 60 * 1024 },
]

/** What a page may load and reach: its own files and its own host. It is part of each page, so that it also holds on a host that
 *  sends no headers (W3C Content Security Policy Level 3). */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')
