import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { findProgram, guard, installPackages } from './database-program.ts'
import { requireFullRun } from './full-run.ts'

/** Folders of server programs: PATH, Debian, Homebrew on Apple and Intel machines, the official packages. */
const folders = [
  ...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''),
  '/usr/sbin',
  '/usr/bin',
  ...['/opt/homebrew/opt', '/usr/local/opt'].flatMap((opt) => [`${opt}/mariadb/bin`, `${opt}/mysql/bin`]),
  '/usr/local/mysql/bin',
]

/** Returns the path of the MariaDB or MySQL server on this machine, or undefined if there is none. */
export const findServer = (): string | undefined => findProgram(folders, ['mariadbd', 'mysqld'])

/** Installs MariaDB's server, without a service, and returns its path; undefined if that is not possible. */
export const installServer = (): string | undefined => {
  installPackages('mariadb-server-core', 'mariadb-client-core')
  return findServer()
}

export interface ServerOptions {
  /** The server's program. */
  readonly program: string
  /** An existing folder for data, socket and log. */
  readonly folder: string
  /** The server stops when this process has ended. */
  readonly guardian: number
  /** Default: a free port. */
  readonly port?: number
  /** Additional arguments of the server. */
  readonly words?: readonly string[]
}

/** A running server. */
export interface RunningServer {
  /** `mysql://root@127.0.0.1:PORT`. */
  readonly dsn: string
  readonly port: number
  /** The guard process. SIGTERM ends it together with the server. */
  readonly pid: number
}

/** MySQL 8's default, so that MariaDB refuses what MySQL 8 would refuse (MySQL 8.0 Reference Manual, "Server SQL Modes"). */
const sqlMode =
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'

/** Starts a server on 127.0.0.1 and resolves when it replies to a query. Creates the data in the folder if there is none. Takes
 *  about a second. */
export const startServer = async (options: ServerOptions): Promise<RunningServer> => {
  requireFullRun()
  const { program, folder, guardian, port = await freePort() } = options
  const data = join(folder, 'data')
  const env = { ...process.env, TMPDIR: await createTemporaryFolder(folder) }
  if (!existsSync(data)) await createData({ program, data, env })
  const log = await open(join(folder, 'server.log'), 'a')
  const isMaria = readVersion(program).includes('MariaDB')
  const words = [
    '--no-defaults',
    `--user=${userInfo().username}`,
    `--datadir=${data}`,
    `--socket=${join(folder, 'socket')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--pid-file=${join(folder, 'pid')}`,
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=16M',
    '--skip-log-bin',
    '--performance-schema=0',
    '--character-set-server=utf8mb4',
    '--max-connections=200',
    `--sql-mode=${sqlMode}`,
    ...(isMaria ? ['--innodb-log-file-size=4M'] : ['--mysqlx=0']),
    ...(options.words ?? []),
  ]
  const child = spawn('/bin/sh', ['-c', guard, 'guard', program, ...words], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { ...env, GUARDIAN: String(guardian), FOLDER: folder },
  })
  child.unref()
  await log.close()
  const dsn = `mysql://root@127.0.0.1:${port}`
  await waitForServer(dsn)
  return { dsn, port, pid: child.pid ?? 0 }
}

/** Stops a server and resolves when it has ended. */
export const stopServer = async ({ pid }: Pick<RunningServer, 'pid'>): Promise<void> => {
  try {
    process.kill(pid, 'SIGTERM')
    for (let polls = 0; polls < 500; polls += 1) {
      process.kill(pid, 0)
      await delay(20)
    }
  } catch {
    return
  }
}

const readVersion = (program: string): string => execFileSync(program, ['--no-defaults', '--version']).toString()

/** Each server needs its own folder: at its start it removes all temporary tables in the folder, also those of another server. */
const createTemporaryFolder = async (folder: string): Promise<string> => {
  const path = join(folder, 'tmp')
  await mkdir(path, { recursive: true })
  return path
}

const createData = async ({ program, data, env }: { program: string; data: string; env: NodeJS.ProcessEnv }) => {
  const user = `--user=${userInfo().username}`
  const installer = findProgram([dirname(program), ...folders], ['mariadb-install-db', 'mysql_install_db'])
  const maria = readVersion(program).includes('MariaDB')
  if (maria && !installer)
    throw new Error('mariadb-install-db is missing beside the server. Install mariadb-server-core.')
  await mkdir(data, { recursive: true })
  const [command, words] =
    maria && installer
      ? [installer, ['--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db']]
      : [program, ['--no-defaults', '--initialize-insecure']]
  execFileSync(command, [...words, user, `--datadir=${data}`], { stdio: 'ignore', timeout: 60_000, env })
}

const waitForServer = async (dsn: string): Promise<void> => {
  const deadline = Date.now() + 30_000
  for (;;) {
    try {
      const connection = await createConnection({ uri: dsn, connectTimeout: 1_000 })
      await connection.query('SELECT 1')
      await connection.end()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(30)
    }
  }
}
