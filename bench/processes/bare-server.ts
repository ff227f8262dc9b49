import { createServer } from 'node:http'

/** The smallest HTTP function in Node.js: one fixed reply. */

createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
}).listen(Number(process.env['PORT']), '127.0.0.1')
