import type { Socket } from 'node:net'
import { createServer } from 'mysql2'
import { freePort } from '../../scripts/local/ports/free-port.ts'

/** What the server does wrong. */
export type Fault =
  | 'never greets'
  | 'refuses the login'
  | 'has no table'
  | 'has no database'
  | 'has too many connections'
  | 'drops the connection in mid-answer'
  | 'never answers'
  | 'speaks another protocol'

/** A MySQL server with one fault. */
export interface FaultyMysql {
  readonly dsn: string
  /** Number of connections since the start. */
  readonly connections: () => number
  /** Statements received, in order. The server does not reply to SET. */
  readonly statements: readonly string[]
  readonly close: () => Promise<void>
}

/** The parts of the `mysql2` server connection that its types do not have. */
interface ServerConnection {
  readonly stream: Socket
  serverHandshake: (options: object) => void
  writeOk: () => void
  writeError: (error: { code: number; message: string }) => void
  writeColumns: (columns: object[]) => void
  writeTextRow: (row: string[]) => void
  /** Each command starts a new packet sequence. The server side of `mysql2` does not reset it. */
  _resetSequenceId: () => void
  on: (event: string, listener: (statement: string) => void) => void
}

const refusals: Partial<Record<Fault, { code: number; message: string }>> = {
  'refuses the login': { code: 1045, message: "Access denied for user 'secret-user'@'10.1.2.3' (using password: YES)" },
  'has no database': { code: 1049, message: "Unknown database 'secret-database'" },
  'has too many connections': { code: 1040, message: 'Too many connections' },
}

const column = {
  ...{ catalog: 'def', schema: 's', table: 't', orgTable: 't', name: 'model_name', orgName: 'model_name' },
  ...{ characterSet: 45, columnLength: 128, columnType: 253, flags: 0, decimals: 0 },
}

/** Starts a MySQL server that accepts any login and has one fault. */
export const faultyMysql = async (fault: Fault): Promise<FaultyMysql> => {
  const sockets = new Set<Socket>()
  const statements: string[] = []
  const server = createServer((given: unknown) => {
    const connection = given as ServerConnection
    const { stream } = connection
    sockets.add(stream)
    connection.on('error', () => undefined)
    if (fault === 'never greets') return
    if (fault === 'speaks another protocol') stream.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    else serve(connection, fault, statements)
  })
  const port = await freePort()
  const listener = server as unknown as { listen: (port: number, host: string) => void }
  listener.listen(port, '127.0.0.1')
  return {
    dsn: `mysql://secret-user:secret-password@127.0.0.1:${port}/secret-database`,
    connections: () => sockets.size,
    statements,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

const serve = (connection: ServerConnection, fault: Fault, statements: string[]): void => {
  connection.serverHandshake({
    ...{ protocolVersion: 10, serverVersion: '8.0.0', connectionId: 1, statusFlags: 2, characterSet: 45 },
    capabilityFlags: 0xffffff ^ 0x800,
    authCallback: (_: unknown, done: (error: null, refusal: object | undefined) => void) => {
      done(null, refusals[fault])
      connection._resetSequenceId()
    },
  })
  connection.on('query', (statement) => {
    statements.push(statement)
    fail(connection, fault)
    connection._resetSequenceId()
  })
}

const fail = (connection: ServerConnection, fault: Fault): void => {
  if (fault === 'has no table')
    connection.writeError({ code: 1146, message: "Table 'secret-database.t' doesn't exist" })
  if (fault !== 'drops the connection in mid-answer') return
  connection.writeColumns([column])
  connection.writeTextRow(['half-read'])
  setImmediate(() => connection.stream.destroy())
}
