import { createHash } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import type { PreparedPage } from '../../web/chat-page.ts'
import { readPageFiles } from '../../web/page-files.ts'
import { createPolicy } from '../../web/pages.ts'

/** A file of a page, as it is sent. */
interface PageFile {
  readonly headers: OutgoingHttpHeaders
  readonly etag: string
  readonly content: Buffer
}

/** The files of a page by their path, such as `/assets/index.js`. The page itself is `/`. */
export type ServedPage = ReadonlyMap<string, PageFile>

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

const security = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** The names in `assets/` change with their content. All other files are asked for again each time. */
const toCacheControl = (path: string): string =>
  path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'

/** The policy of a page, and what only a header can say: no other page may hold it in a frame. */
const toPolicyHeader = (policy: string): OutgoingHttpHeaders => ({
  'content-security-policy': `${policy}; frame-ancestors 'none'`,
})

/** Reads the files of a built page into memory, so that no request can name another file.
 *  @param folder such as `dist/web/playground`. If it is missing there are no files */
export const readPage = (folder: string): ServedPage =>
  toServedPage({ files: readPageFiles(folder), policy: createPolicy() })

/** Returns a page as it is served. */
export const toServedPage = ({ files, policy }: PreparedPage): ServedPage =>
  new Map(
    [...files].map(([name, content]) => {
      const path = `/${name}`.replace(/^\/index\.html$/, '/')
      const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
      const headers = {
        'content-type': types[extname(name)] ?? 'application/octet-stream',
        'content-length': content.length,
        'cache-control': toCacheControl(path),
        etag,
        ...(path === '/' && { vary: 'accept' }),
        ...security,
        ...toPolicyHeader(policy),
      }
      return [path, { headers, etag, content }]
    }),
  )

const notBuilt =
  'This page is not built. Run npm run build, then start the gateway again.\n此页面尚未构建。请运行 npm run build，再重新启动网关。\n'

/** Replies with a file of the page if the request asks for one, by GET or HEAD. The page itself is for browsers: only a request that
 *  accepts HTML by name gets it, so that other clients are told the routes. Returns whether it has replied. */
export const servePage = (
  files: ServedPage,
  path: string,
  message: IncomingMessage,
  response: ServerResponse,
): boolean => {
  const isRead = message.method === 'GET' || message.method === 'HEAD'
  if (!isRead || (path === '/' && !acceptsHtml(message))) return false
  const file = files.get(path)
  if (file) send(file, message, response)
  else if (path === '/') sendNotBuilt(message, response)
  return file !== undefined || path === '/'
}

const acceptsHtml = ({ headers }: IncomingMessage): boolean => /\btext\/html\b/i.test(headers.accept ?? '')

const send = ({ headers, etag, content }: PageFile, message: IncomingMessage, response: ServerResponse): void => {
  if (message.headers['if-none-match']?.includes(etag)) {
    const { 'content-length': _, 'content-type': _type, ...rest } = headers
    response.writeHead(304, rest).end()
    return
  }
  response.writeHead(200, headers).end(message.method === 'HEAD' ? undefined : content)
}

const sendNotBuilt = ({ method }: IncomingMessage, response: ServerResponse): void => {
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(notBuilt),
    'cache-control': 'no-store',
    vary: 'accept',
    ...security,
    ...toPolicyHeader(createPolicy()),
  }
  response.writeHead(503, headers).end(method === 'HEAD' ? undefined : notBuilt)
}
