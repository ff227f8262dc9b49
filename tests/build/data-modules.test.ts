import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import type { Connection } from 'mysql2/promise'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

const { createConnection } = createRequire(import.meta.url)(
  resolve('dist/functions/llm-chat-completions/mysql2-promise.js'),
) as typeof import('mysql2/promise')

const connected = async (options: object, use: (connection: Connection) => Promise<void>): Promise<void> => {
  const connection = await createConnection({ uri: (await testDatabase()).dsn, ...options })
  try {
    await use(connection)
  } finally {
    await connection.end()
  }
}

describeWithDatabase('the bundled driver, whose data are JSON text', () => {
  test('names a database error', () =>
    connected({}, async (connection) => {
      const failing = connection.query('SELECT * FROM nowhere')
      await expect(failing).rejects.toMatchObject({ code: 'ER_NO_SUCH_TABLE', errno: 1146 })
    }))

  test.each(['gbk', 'big5', 'utf8mb4'])('reads Chinese in %s', (charset) =>
    connected({ charset: charset.toUpperCase() }, async (connection) => {
      const [rows] = await connection.query("SELECT CONVERT(X'E4B8ADE69687' USING utf8mb4) AS text")
      expect(rows).toEqual([{ text: '中文' }])
    }),
  )

  test('loads no file of data for a query', async () => {
    const { dsn } = await testDatabase()
    const script = `
      const { basename, dirname } = require('node:path')
      require(process.argv[1]).createConnection(process.argv[2]).then(async (connection) => {
        await connection.query("SELECT '中文' AS text")
        await connection.end()
        const files = Object.keys(require.cache).filter((path) => dirname(path) === dirname(process.argv[1]))
        require('node:fs').writeSync(1, JSON.stringify(files.map((path) => basename(path))))
      })`
    const file = resolve('dist/functions/llm-chat-completions/mysql2-promise.js')
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, file, dsn])
    expect(JSON.parse(stdout)).toEqual(['mysql2-promise.js'])
  })
})
