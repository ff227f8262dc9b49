import { createServer } from 'node:http'

/** The least an HTTP function in Node.js can be: one fixed answer. */

createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
}).listen(Number(process.env['PORT']), '127.0.0.1')
