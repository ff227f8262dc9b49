import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { handleApi } from './api.ts'
import { selfSignedCertificate } from './certificate.ts'
import { type CloudState, emptyCloud } from './cloud-state.ts'
import { handleHostingBucket, hostingBucket } from './hosting-actions.ts'
import { handleHttpAccess } from './http-access.ts'
import { handleObjectStore } from './object-store.ts'
import { getPageHeaders } from './platform-behaviour.ts'
import { type RunningFunctions, runningFunctions } from './running-functions.ts'

/** The part of Tencent Cloud that a deployment uses, on loopback. */
export interface TencentCloud {
  readonly state: CloudState
  readonly functions: RunningFunctions
  /** Base URL of the HTTP access service. */
  readonly url: string
  /** The environment of a program that uses this cloud: a proxy, its trusted certificate, and a new home folder. */
  readonly environment: Readonly<Record<string, string>>
  /** Requested hosts that are not part of the cloud. */
  readonly unknownHosts: Set<string>
  readonly close: () => Promise<void>
}

const hosts = [
  '*.tencentcloudapi.com',
  '*.cos.ap-shanghai.myqcloud.com',
  '*.cos.ap-shanghai.tencentcos.cn',
  'localhost',
]

/** Starts the cloud: a proxy that terminates TLS with its own certificate. It rejects all other hosts. */
export const startTencentCloud = async (state: CloudState = emptyCloud()): Promise<TencentCloud> => {
  const certificate = selfSignedCertificate(hosts)
  const functions = runningFunctions(state)
  const unknownHosts = new Set<string>()
  const sockets = new Set<Socket>()
  const tls = createTlsServer(certificate, (request, response) => {
    replyTo(state, functions, request, response).catch(() => response.destroy())
  })
  const proxy = createServer()
  proxy.on('connect', (request, socket: Socket, head: Buffer) => {
    const host = (request.url ?? '').split(':')[0] ?? ''
    if (!/\.(tencentcloudapi\.com|myqcloud\.com|tencentcos\.cn)$/.test(host)) {
      unknownHosts.add(host)
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
      return
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    tls.emit('connection', socket)
  })
  for (const server of [tls, proxy]) {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const portOf = (server: { address: () => unknown }): number => (server.address() as AddressInfo).port
  state.domain = `localhost:${portOf(tls)}`
  state.storeHost = `127.0.0.1:${portOf(tls)}`
  const home = mkdtempSync(join(tmpdir(), 'cloud-home-'))
  const caFile = join(home, 'ca.pem')
  writeFileSync(caFile, certificate.cert)
  const proxyUrl = `http://127.0.0.1:${portOf(proxy)}`
  return {
    state,
    functions,
    unknownHosts,
    url: `https://${state.domain}`,
    environment: { HOME: home, NODE_EXTRA_CA_CERTS: caFile, http_proxy: proxyUrl, https_proxy: proxyUrl },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      for (const server of [tls, proxy]) {
        server.close()
        await once(server, 'close')
      }
      await functions.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

const replyTo = async (
  state: CloudState,
  functions: RunningFunctions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { host = '' } = request.headers
  if (host === state.domain) return handleHttpAccess(state, functions, request, response)
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  const body = Buffer.concat(pieces)
  if (host.startsWith(hostingBucket)) handleHostingBucket(state, request, response, body)
  else if (host === state.storeHost && request.url === '/') {
    response.writeHead(state.hosting.isOpen ? 200 : 404, {
      'content-type': 'text/html',
      ...getPageHeaders(state.behaviour),
    })
    response.end('<!doctype html><title>shop</title>')
  } else if (host.endsWith('.myqcloud.com') || host === state.storeHost)
    handleObjectStore(state, request, response, body)
  else await handleApi(state, request, response, body)
}
