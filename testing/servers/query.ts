import { createConnection, type RowDataPacket } from 'mysql2/promise'

/** Runs one or several statements on a connection of its own and returns the rows of a single one. */
export const queryOn = async (dsn: string, sql: string, values: unknown[] = []): Promise<RowDataPacket[]> => {
  const connection = await createConnection({ uri: dsn, multipleStatements: true, connectTimeout: 5_000 })
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql, values)
    return rows
  } finally {
    await connection.end()
  }
}
