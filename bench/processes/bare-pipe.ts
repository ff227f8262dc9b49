import { Agent, createServer, request as requestUpstream } from 'node:http'

/** The least a relay in Node.js can be: `node:http` on both sides, bytes piped through, nothing read. */

const upstream = new URL(process.env['UPSTREAM'] ?? '')
const agent = new Agent({ keepAlive: true })

createServer((request, response) => {
  const { host: _, connection: __, ...headers } = request.headers
  const onward = requestUpstream(
    { host: upstream.hostname, port: upstream.port, path: request.url, method: request.method, headers, agent },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] })
      answer.pipe(response)
    },
  )
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}).listen(Number(process.env['PORT']), '127.0.0.1')
