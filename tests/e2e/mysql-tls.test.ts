import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Certificate, certificateAuthority } from '../../testing/servers/certificate-authority.ts'
import { findServer, type RunningServer, startServer, stopServer } from '../../testing/servers/mariadb.ts'
import { runQuery } from '../../testing/servers/run-query.ts'
import { startFunction } from '../../testing/servers/start-function.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

/** Servers of this file's own, each with a certificate for another host; their user may log in over TLS only. */
const program = findServer() ?? ''
const describeTls = program ? describeWithDatabase : describe.skip

const adminKey = 'an-admin-key-of-some-length'
const folder = mkdtempSync(join(tmpdir(), 'mysql-tls-'))
const file = (name: string, text = ''): string => {
  const path = join(folder, name)
  if (text) writeFileSync(path, text)
  return path
}

const servers = new Map<string, RunningServer>()

/** What a function of its own process makes of the database: its source, number of models and last error. */
const look = async (dsn: string, trusted?: string): Promise<unknown> => {
  const health = await startFunction('llm-health', {
    ...{ MYSQL_DSN: dsn, GATEWAY_ADMIN_KEY: adminKey, MYSQL_POOL_MIN: '0' },
    ...(trusted && { NODE_EXTRA_CA_CERTS: file(trusted) }),
  })
  try {
    const reply = await fetch(`${health.url}/health`, { headers: { 'x-gateway-key': adminKey } })
    const { source, models, last_error } = ((await reply.json()) as { config: Record<string, unknown> }).config
    return { source, models, last_error }
  } finally {
    await health.stop()
  }
}

const served = { source: 'mysql', models: 1, last_error: null }
const failed = (reason: string) => ({ source: 'local', models: 0, last_error: expect.stringContaining(reason) })
const untrusted = failed('cannot be reached over TLS as asked')

const start = async (host: string, certificate: Certificate): Promise<void> => {
  const [cert, key] = [file(`${host}.pem`, certificate.cert), file(`${host}.key`, certificate.key)]
  const words = [`--ssl-ca=${file('ca.pem')}`, `--ssl-cert=${cert}`, `--ssl-key=${key}`]
  const home = join(folder, host)
  mkdirSync(home)
  const server = await startServer({ program, folder: home, guardian: process.pid, words })
  servers.set(host, server)
  const sql = ['model-map', 'state'].map((name) => readFileSync(`scripts/sql/${name}.sql`, 'utf8'))
  const row = "('a', 'openai', 'https://a.example.com/v1', '')"
  await runQuery(
    server.dsn,
    `CREATE DATABASE m; USE m; ${sql.join('')}
     INSERT INTO llm_gateway_model_map (model_name, provider, api_base, api_key_env) VALUES ${row};
     CREATE USER 'u'@'%' IDENTIFIED BY 'p' REQUIRE SSL; GRANT ALL ON m.* TO 'u'@'%'`,
  )
}

beforeAll(async () => {
  if (!program) return
  const authority = certificateAuthority('the authority of the test')
  file('ca.pem', authority.cert)
  file('other-ca.pem', certificateAuthority('another authority').cert)
  for (const host of ['localhost', 'db.example.com']) await start(host, authority.issue(host))
}, 60_000)

afterAll(async () => {
  for (const server of servers.values()) await stopServer(server)
  rmSync(folder, { recursive: true, force: true })
})

describeTls('a database that requires TLS', () => {
  test.each([
    ['ssl-mode=disabled', 'localhost', 'ca.pem', failed('refuses the login')],
    ['ssl-mode=required', 'localhost', undefined, served],
    ['ssl-mode=required', 'db.example.com', undefined, served],
    ['ssl-mode=verify_ca', 'localhost', undefined, untrusted],
    ['ssl-mode=verify_ca', 'localhost', 'other-ca.pem', untrusted],
    ['ssl-mode=verify_ca', 'localhost', 'ca.pem', served],
    ['ssl-mode=verify_ca', 'db.example.com', 'ca.pem', served],
    ['ssl-mode=verify_identity', 'localhost', undefined, untrusted],
    ['ssl-mode=verify_identity', 'localhost', 'other-ca.pem', untrusted],
    ['ssl-mode=verify_identity', 'localhost', 'ca.pem', served],
    ['ssl-mode=verify_identity', 'db.example.com', 'ca.pem', untrusted],
    ['ssl=true', 'localhost', 'ca.pem', served],
    ['ssl=true', 'localhost', undefined, untrusted],
  ])('is used or rejected as the mode requires: %s, certificate for %s, trusted CA %s', async (...row) => {
    const [option, named, trusted, expected] = row
    expect(await look(`mysql://u:p@localhost:${servers.get(named)?.port}/m?${option}`, trusted)).toEqual(expected)
  })

  test('is rejected by ssl-mode=verify_identity if the certificate is for another host', async () => {
    const dsn = `mysql://u:p@127.0.0.1:${servers.get('db.example.com')?.port}/m?ssl-mode=verify_identity`
    expect(await look(dsn, 'ca.pem')).toEqual(untrusted)
  })
})

describeTls('a database without TLS', () => {
  test.each(['required', 'verify_ca', 'verify_identity'])('is rejected by ssl-mode=%s', async (mode) => {
    const plain = await testDatabase()
    expect(await look(`${plain.dsn}?ssl-mode=${mode}`)).toEqual(failed('offers no TLS'))
  })
})
