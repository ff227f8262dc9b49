/** A page of `web/`, built into `dist/web/<name>/`. */
export interface Page {
  /** Its folder. */
  readonly name: string
  /** What its own files may have together, each compressed by gzip. */
  readonly maxGzipBytes: number
  /** A package that the page loads when it needs it, in a file of its own. */
  readonly part?: PagePart
}

/** A file of a page that is loaded later. */
export interface PagePart {
  /** The name of the package. */
  readonly name: string
  /** The start of the file's name in `assets/`. */
  readonly file: string
  readonly maxGzipBytes: number
}

/** The SDK of CloudBase, with which users of the chat page sign in. */
export const loginPart: PagePart = {
  name: '@cloudbase/js-sdk',
  file: 'cloudbase-login-',
  maxGzipBytes: 100 * 1024,
}

/** The pages. The local gateway serves the playground at `/` and the chat page at `/chat/`; `npm run console` serves the console;
 *  `npm run deploy -- --web` uploads the chat page. */
export const pages: readonly Page[] = [
  { name: 'playground', maxGzipBytes: 60 * 1024 },
  { name: 'console', maxGzipBytes: 60 * 1024 },
  { name: 'chat', maxGzipBytes: 60 * 1024, part: loginPart },
]

/** What a page reaches beside its own host. */
export interface PageReach {
  /** Origins that its scripts call, such as `https://gateway.example.com`. */
  readonly connect?: readonly string[]
  /** Whether it shows pictures that are part of a URL, as the captcha of a login is. */
  readonly dataImages?: boolean
}

/** Returns what a page may load and reach: its own files, its own host, and what is named. It is part of each page, so that it also holds
 *  on a host that sends no headers (W3C Content Security Policy Level 3). */
export const createPolicy = ({ connect = [], dataImages = false }: PageReach = {}): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self'${dataImages ? ' data:' : ''}`,
    ["connect-src 'self'", ...connect].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
