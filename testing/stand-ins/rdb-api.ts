import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import { type LoopbackServer, loopbackServer } from '../servers/loopback-server.ts'

type Row = Readonly<Record<string, unknown>>

/** A running SQL API. */
export interface RdbApi {
  /** The database's tables. */
  readonly tables: Map<string, Row[]>
  readonly requests: { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers'] }[]
  /** The fault of the next requests; undefined for none. */
  fault: { readonly status: number; readonly body: string } | 'dropped' | undefined
  /** The maximum number of rows in one reply. */
  maxRows: number
  /** Whether replies contain the total number of rows. */
  counts: boolean
  readonly close: () => Promise<void>
}

/** Receives all https requests of this process to `*.tcloudbasegateway.com`, because the SDK cannot use a loopback host. Returns the
 *  function that ends this. */
export const receiveApiRequests = (serverUrl: string): (() => void) => {
  const original = https.request
  const redirected = (...given: unknown[]): http.ClientRequest => {
    const [target, options, onResponse] = given as [string, http.RequestOptions, (message: IncomingMessage) => void]
    const url = new URL(target)
    if (!url.hostname.endsWith('.tcloudbasegateway.com'))
      return (original as (...given: unknown[]) => http.ClientRequest)(...given)
    const { agent: _, ...rest } = options
    return http.request(new URL(url.pathname + url.search, serverUrl), rest, onResponse)
  }
  https.request = redirected as typeof https.request
  return () => {
    https.request = original
  }
}

/** CloudBase's HTTPS SQL API (`/v1/rdb/rest`, the protocol of PostgREST) over tables in memory. */
export const rdbApi = async (): Promise<RdbApi> => {
  const server: LoopbackServer = await loopbackServer((request, response) => {
    replyTo(api, request, response).catch(() => response.destroy())
  })
  const restore = receiveApiRequests(server.url)
  const api: RdbApi = {
    tables: new Map(),
    requests: [],
    fault: undefined,
    maxRows: 1_000,
    counts: true,
    close: async () => {
      restore()
      await server.close()
    },
  }
  return api
}

const replyTo = async (api: RdbApi, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? '', 'http://host')
  api.requests.push({ method: request.method ?? '', path: url.pathname + url.search, headers: request.headers })
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  if (api.fault === 'dropped') return void request.socket.destroy()
  response.setHeader('content-type', 'application/json')
  if (api.fault) return void response.writeHead(api.fault.status).end(api.fault.body)
  const name = url.pathname.replace('/v1/rdb/rest/', '')
  const rows = api.tables.get(name)
  if (!rows) {
    const error = { code: 'PGRST205', message: `Could not find the table '${name}' in the schema cache` }
    return void response.writeHead(404).end(JSON.stringify(error))
  }
  if (request.method === 'POST') upsert(rows, JSON.parse(Buffer.concat(pieces).toString()) as Row, url)
  send(api, select(rows, url), { request, response, url })
}

const upsert = (rows: Row[], row: Row, url: URL): void => {
  const key = url.searchParams.get('on_conflict') ?? ''
  const found = rows.findIndex((other) => other[key] === row[key])
  if (found < 0) rows.push(row)
  else rows[found] = { ...rows[found], ...row }
}

const select = (rows: readonly Row[], url: URL): Row[] => {
  const filters = [...url.searchParams].filter(([, value]) => value.startsWith('eq.'))
  return rows.filter((row) => filters.every(([column, value]) => String(row[column]) === value.slice(3)))
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
}

const send = (api: RdbApi, rows: readonly Row[], { request, response, url }: Exchange): void => {
  const [column = '', direction] = (url.searchParams.get('order') ?? '').split('.')
  const sign = direction === 'desc' ? -1 : 1
  const sorted = column ? [...rows].sort((a, b) => (String(a[column]) < String(b[column]) ? -sign : sign)) : rows
  const first = Number(url.searchParams.get('offset') ?? 0)
  const count = Math.min(Number(url.searchParams.get('limit') ?? api.maxRows), api.maxRows)
  const page = sorted.slice(first, first + count)
  const counted = api.counts && String(request.headers['prefer']).includes('count=exact')
  const range = page.length > 0 ? `${first}-${first + page.length - 1}` : '*'
  response.setHeader('content-range', `${range}/${counted ? rows.length : '*'}`)
  response.writeHead(request.method === 'POST' ? 201 : 200).end(JSON.stringify(page))
}
