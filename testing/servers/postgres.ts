import { execFileSync, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { findProgram, guard, installPackages } from './database-program.ts'
import { requireFullRun } from './full-run.ts'
import { stopServer } from './mariadb.ts'
import { connectToPostgres, type PostgresClient } from './postgres-client.ts'

/** A running PostgreSQL with an empty database. */
export interface Postgres {
  readonly port: number
  /** Runs statements as the owner of the database. Returns the rows of the last one, as texts. */
  readonly query: (sql: string) => Promise<Record<string, string | null>[]>
  readonly close: () => Promise<void>
}

/** Connections that queries use in turn. */
const connections = 4

const debianFolder = '/usr/lib/postgresql'

const listDebianFolders = (): string[] => {
  try {
    return readdirSync(debianFolder).map((version) => join(debianFolder, version, 'bin'))
  } catch {
    return []
  }
}

const findPostgres = (): string | undefined => {
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '')
  return findProgram([...listDebianFolders(), '/opt/homebrew/bin', ...path], ['postgres'])
}

/** Returns the path of the server, which is installed first where that is possible; undefined if the machine has none. */
export const providePostgres = (): string | undefined => {
  if (!findPostgres()) installPackages('postgresql')
  return findPostgres()
}

/** PostgreSQL refuses to run as root, so root runs it as the user of Debian's package. */
const asUser = (words: readonly string[]): [string, ...string[]] =>
  process.getuid?.() === 0
    ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...words]
    : (words as [string, ...string[]])

/** Starts a server on 127.0.0.1, in a folder of its own. Takes some seconds. It ends with this process.
 *  @param program the path of `postgres` */
export const startPostgres = async (program: string): Promise<Postgres> => {
  requireFullRun()
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'))
  await chmod(folder, 0o755)
  const data = join(folder, 'data')
  await mkdir(data)
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres:postgres', data])
  const initdb = [
    join(dirname(program), 'initdb'),
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-sync',
  ]
  const [command, ...words] = asUser([...initdb, '--locale=C.UTF-8'])
  execFileSync(command, words, { stdio: 'ignore', timeout: 60_000 })
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'shared_buffers=16MB']
  const server = [program, '-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  const log = await open(join(folder, 'server.log'), 'a')
  const child = spawn('/bin/sh', ['-c', guard, 'guard', ...asUser(server)], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { ...process.env, GUARDIAN: String(process.pid), FOLDER: folder },
  })
  child.unref()
  await log.close()
  await waitForServer(port)
  const clients = await Promise.all(Array.from({ length: connections }, () => connectToPostgres(port)))
  let next = 0
  return {
    port,
    query: (sql) => (clients[next++ % connections] as PostgresClient).query(sql),
    close: async () => {
      for (const client of clients) client.end()
      await stopServer({ pid: child.pid ?? 0 })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const waitForServer = async (port: number): Promise<void> => {
  for (const deadline = Date.now() + 30_000; ; ) {
    try {
      const client = await connectToPostgres(port)
      client.end()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(50)
    }
  }
}
