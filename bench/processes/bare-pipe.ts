import { Agent, createServer, request as requestUpstream } from 'node:http'

/** The smallest relay in Node.js: `node:http` on both sides, with piped bytes that are not parsed. */

const upstream = new URL(process.env['UPSTREAM'] ?? '')
const agent = new Agent({ keepAlive: true })

createServer((request, response) => {
  const { host: _, connection: __, ...headers } = request.headers
  const onward = requestUpstream(
    { host: upstream.hostname, port: upstream.port, path: request.url, method: request.method, headers, agent },
    (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, { 'content-type': incoming.headers['content-type'] })
      incoming.pipe(response)
    },
  )
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}).listen(Number(process.env['PORT']), '127.0.0.1')
