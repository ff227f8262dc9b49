import { connect, type Socket } from 'node:net'

/** An error of the server, with its SQLSTATE as the code. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

type Row = Record<string, string | null>

/** A connection to a server that trusts 127.0.0.1. */
export interface PostgresClient {
  /** Runs statements, one call after another (PostgreSQL documentation, "Frontend/Backend Protocol", simple query). Resolves with the
   *  rows of the last statement that has rows, as texts. */
  readonly query: (sql: string) => Promise<Row[]>
  readonly end: () => void
}

/** Connects to a server. Rejects if that fails. */
export const connectToPostgres = async (port: number): Promise<PostgresClient> => {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  const results = readResults(socket)
  const exchange = async (message: Buffer): Promise<Row[]> => {
    socket.write(message)
    const { value } = await results.next()
    if (!value) throw new Error('The server closed the connection.')
    if (value.error) throw value.error
    return value.rows
  }
  await exchange(startUp)
  let last: Promise<unknown> = Promise.resolve()
  return {
    query: (sql) => {
      const result = last.then(() => exchange(toMessage('Q', `${sql}\0`)))
      last = result.catch(() => undefined)
      return result
    },
    end: () => void socket.end(toMessage('X', '')),
  }
}

/** Reads the messages up to each `ReadyForQuery`. */
async function* readResults(socket: Socket): AsyncGenerator<Result, undefined> {
  let rest = Buffer.alloc(0)
  let result: Result = { names: [], rows: [], error: undefined }
  for await (const bytes of socket) {
    rest = Buffer.concat([rest, bytes as Buffer])
    while (rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
      const end = 1 + rest.readInt32BE(1)
      const type = String.fromCharCode(rest[0] as number)
      readers[type]?.(rest.subarray(5, end), result)
      rest = rest.subarray(end)
      if (type !== 'Z') continue
      yield result
      result = { names: [], rows: [], error: undefined }
    }
  }
  return undefined
}

interface Result {
  names: string[]
  rows: Row[]
  error: PostgresError | undefined
}

const toMessage = (type: string, text: string): Buffer => {
  const body = Buffer.from(text)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

/** Protocol 3.0, without a type. */
const startUp = toMessage('?', '\0\x03\0\0user\0postgres\0database\0postgres\0\0').subarray(1)

const readers: Readonly<Record<string, (body: Buffer, result: Result) => void>> = {
  E: (body, result) => {
    const fields = body.toString().split('\0')
    const find = (type: string): string => fields.find((field) => field.startsWith(type))?.slice(1) ?? ''
    result.error ??= new PostgresError(find('C'), find('M'))
  },
  T: (body, result) => {
    result.names = []
    result.rows = []
    for (let at = 2; at < body.length; ) {
      const end = body.indexOf(0, at)
      result.names.push(body.toString('utf8', at, end))
      at = end + 19
    }
  },
  D: (body, result) => {
    let at = 2
    const values = result.names.map((name): [string, string | null] => {
      const length = body.readInt32BE(at)
      at += 4 + Math.max(0, length)
      return [name, length < 0 ? null : body.toString('utf8', at - length, at)]
    })
    result.rows.push(Object.fromEntries(values))
  },
}
