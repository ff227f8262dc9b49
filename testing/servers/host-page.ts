import { extname } from 'node:path'
import type { PageFiles } from '../../scripts/web/page-files.ts'
import { type LoopbackServer, loopbackServer } from './loopback-server.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

/** Serves the files of a page below a path, as static hosting does: with a type and no other header.
 *  @param files read at each request, so that they can be made when the address is known
 *  @param path with a slash at both ends, such as `/apps/chat/` */
export const hostPage = (files: () => PageFiles, path: string): Promise<LoopbackServer> =>
  loopbackServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page')
    const name = pathname.startsWith(path) ? pathname.slice(path.length) || 'index.html' : ''
    const content = files().get(name)
    request.resume()
    if (!content) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': types[extname(name)] ?? 'text/plain' }).end(content)
  })
