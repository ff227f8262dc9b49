import type { IncomingMessage, ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { loopbackServer } from '../servers/loopback-server.ts'
import type { Postgres } from '../servers/postgres.ts'
import { PostgresError } from '../servers/postgres-client.ts'
import { receiveApiRequests } from './rdb-api.ts'

/** The API key that the stand-in accepts: it has the role `service_role`. Any other token is that of the user with this id. */
export const serviceKey = 'key-of-the-environment'

/** A running API. */
export interface PostgresApi {
  /** The address that the requests of this process go to. */
  readonly url: string
  /** Runs the next requests, but loses their replies. */
  readonly loseReplies: (count: number) => void
  readonly close: () => Promise<void>
}

/** Roles and functions of CloudBase's PostgreSQL (its documentation, "PostgreSQL: row level security"). */
export const cloudbaseRoles = `
CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role BYPASSRLS;
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT current_setting('request.jwt.claims', true)::json->>'sub' $$;
GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated;
`

/** CloudBase's HTTPS API of an environment's PostgreSQL (`/v1/rdb/rest`), which speaks the protocol of PostgREST 12, over a real
 *  server. While it runs, it receives all https requests of this process to `*.tcloudbasegateway.com`. */
export const postgresApi = async ({ query }: Pick<Postgres, 'query'>): Promise<PostgresApi> => {
  let losses = 0
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readText(request)
    const sql = toSql(request, body)
    const reply = await query(`ROLLBACK; BEGIN; ${toRole(request)}; ${sql}; COMMIT`).then(
      ([row]) => ({ status: request.method === 'POST' ? 201 : 200, body: row?.['body'] ?? '' }),
      toFailure,
    )
    if (losses > 0 && losses-- > 0) return void request.socket.destroy()
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body)
  }
  const server = await loopbackServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  const restore = receiveApiRequests(server.url)
  return {
    url: server.url,
    loseReplies: (count) => {
      losses = count
    },
    close: async () => {
      restore()
      await server.close()
    },
  }
}

const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`

const quoteName = (name: string): string => `"${name.replaceAll('"', '')}"`

const toRole = ({ headers }: IncomingMessage): string => {
  const token = (headers.authorization ?? '').replace('Bearer ', '')
  const claims = quoteText(JSON.stringify({ sub: token }))
  const role = token === serviceKey ? 'service_role' : 'authenticated'
  return `SET LOCAL ROLE ${role}; SELECT set_config('request.jwt.claims', ${claims}, true)`
}

/** PostgREST 12 sends the code of PostgreSQL. A missing table is one that its schema cache does not have. */
const toFailure = (error: unknown): { status: number; body: string } => {
  if (!(error instanceof PostgresError)) throw error
  const { code, message } = error
  const [status, shown] = code === '42P01' ? [404, 'PGRST205'] : [code === '42501' ? 403 : 400, code]
  return { status, body: JSON.stringify({ code: shown, message, details: null, hint: null }) }
}

const notFilters = ['select', 'order', 'limit', 'offset', 'on_conflict', 'columns']

const operators: Readonly<Record<string, string>> = { eq: '=', lte: '<=', gte: '>=', is: 'IS' }

const toSql = (request: IncomingMessage, body: string): string => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://host')
  const table = quoteName(pathname.replace('/v1/rdb/rest/', ''))
  const columns = (searchParams.get('select') ?? '*').split(',').map((name) => (name === '*' ? name : quoteName(name)))
  const returning = `RETURNING ${columns.map((name) => `${table}.${name}`).join(', ')}`
  const filters = [...searchParams].filter(([name]) => !notFilters.includes(name)).map(toCondition(table))
  const conditions = ['TRUE', ...filters].join(' AND ')
  const shows = String(request.headers.prefer).includes('return=representation')
  const toResult = (statement: string): string =>
    `WITH q AS (${statement}) SELECT ${shows || request.method === 'GET' ? "coalesce(json_agg(q), '[]')" : "''"} AS body FROM q`
  if (request.method === 'POST') return toResult(`${toInsert(table, body, searchParams)} ${returning}`)
  if (request.method === 'PATCH') return toResult(`${toUpdate(table, body)} WHERE ${conditions} ${returning}`)
  if (request.method === 'DELETE') return toResult(`DELETE FROM ${table} WHERE ${conditions} ${returning}`)
  return toResult(`SELECT ${columns.join(', ')} FROM ${table} WHERE ${conditions} ${toPage(searchParams)}`)
}

const toCondition =
  (table: string) =>
  ([name, filter]: [string, string]): string => {
    const [, operator = '', value = ''] = /^(\w+)\.([\s\S]*)$/.exec(filter) ?? []
    if (operator === 'in') return `${table}.${quoteName(name)} IN (${readList(value).map(quoteText).join(', ')})`
    return `${table}.${quoteName(name)} ${operators[operator]} ${operator === 'is' ? value.toUpperCase() : quoteText(value)}`
  }

/** Reads a list of PostgREST, such as `(a,"b,c")`. */
const readList = (list: string): string[] =>
  [...list.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'),
  )

const toInsert = (table: string, body: string, parameters: URLSearchParams): string => {
  const rows = [JSON.parse(body) as object | object[]].flat()
  const columns = Object.keys(rows[0] ?? {})
    .map(quoteName)
    .join(', ')
  const values = `json_populate_recordset(NULL::${table}, ${quoteText(JSON.stringify(rows))})`
  const key = quoteName(parameters.get('on_conflict') ?? '')
  return `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${values} ON CONFLICT (${key}) DO NOTHING`
}

const toUpdate = (table: string, body: string): string => {
  const columns = Object.keys(JSON.parse(body) as object).map(quoteName)
  const changes = columns.map((column) => `${column} = change.${column}`).join(', ')
  return `UPDATE ${table} SET ${changes} FROM json_populate_record(NULL::${table}, ${quoteText(body)}) AS change`
}

const toPage = (parameters: URLSearchParams): string => {
  const order = parameters
    .get('order')
    ?.split(',')
    .map((part) => {
      const [name = '', direction = 'asc'] = part.split('.')
      return `${quoteName(name)} ${direction === 'desc' ? 'DESC' : 'ASC'}`
    })
  const [limit, offset] = [parameters.get('limit'), parameters.get('offset')]
  return `${order ? `ORDER BY ${order.join(', ')}` : ''} LIMIT ${Math.min(Number(limit ?? 1_000), 1_000)} OFFSET ${Number(offset ?? 0)}`
}
