import { createConnection, type RowDataPacket } from 'mysql2/promise'

/** Runs one or several statements on a new connection. Returns the rows of a single statement. */
export const runQuery = async (dsn: string, sql: string, values: unknown[] = []): Promise<RowDataPacket[]> => {
  const connection = await createConnection({ uri: dsn, multipleStatements: true, connectTimeout: 5_000 })
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql, values)
    return rows
  } finally {
    await connection.end()
  }
}
