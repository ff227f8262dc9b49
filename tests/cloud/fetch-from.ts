import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { TencentCloud } from '../../testing/stand-ins/tencent-cloud/tencent-cloud.ts'

/** Creates a `fetch` that trusts the certificate of a cloud. It reads whole replies only. */
export const fetchFrom =
  ({ environment }: TencentCloud): typeof fetch =>
  async (input, init = {}) => {
    const ca = readFileSync(environment['NODE_EXTRA_CA_CERTS'] ?? '')
    const headers = Object.fromEntries(new Headers(init.headers))
    const outgoing = httpsRequest(String(input), { ca, method: init.method ?? 'GET', headers, agent: false })
    outgoing.end(init.body)
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    const pieces: Buffer[] = []
    for await (const piece of incoming) pieces.push(piece as Buffer)
    const { statusCode = 0, headers: received } = incoming
    const entries = Object.entries(received).map(([name, value]) => [name, String(value)])
    return new Response(Buffer.concat(pieces), { status: statusCode, headers: Object.fromEntries(entries) })
  }
