import { afterEach, expect, test } from '@jest/globals'
import { startCloudBaseAuth } from '../stand-ins/cloudbase-auth.ts'
import { faultyMysql } from '../stand-ins/faulty-mysql.ts'
import { startFunction } from '../support/start-function.ts'

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test.each([
  ['llm-models', 'GET', '/v1/models'],
  ['llm-chat-completions', 'POST', '/v1/chat/completions'],
])('%s asks for the model map while it still waits for the login service', async (name, method, path) => {
  const auth = await startCloudBaseAuth()
  const database = await faultyMysql('drops the connection in mid-answer')
  const { url, stop } = await startFunction(name, { ...auth.environment, MYSQL_DSN: database.dsn })
  cleanups.push(auth.close, database.close, stop)
  Object.assign(auth.faults, { certs: 'hang', 'user/me': 'down' })
  const reply = await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${auth.token()}` } })
  expect(await reply.json()).toMatchObject({ error: { code: 'auth_unavailable' } })
  expect(database.connections()).toBeGreaterThan(0)
})
