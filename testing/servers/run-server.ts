import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type RunningServer, startServer } from './mariadb.ts'

/** Variables that the set-up of a test run (`global-setup.ts`) sets. The workers inherit them. */
export const runVariables = {
  /** The server's program; unset if the machine has none. */
  program: 'TEST_RUN_DATABASE_PROGRAM',
  /** The run's folder: the lock, the address and the server's data. */
  folder: 'TEST_RUN_FOLDER',
  /** The jest process. The server stops when it ends. */
  guardian: 'TEST_RUN_PID',
} as const

/** The file in the run's folder with the address of the server. */
export const serverFile = (folder: string): string => join(folder, 'server.json')

/** The prefix of the names of this run's databases. */
export const databasePrefix = (): string => `gateway_test_${process.env[runVariables.guardian] ?? '0'}_`

/** Returns the database server of this test run. The first call starts it; other processes wait for its address.
 *  @throws Error if the machine has no server */
export const getRunServer = async (): Promise<RunningServer> => {
  const { [runVariables.program]: program, [runVariables.folder]: folder = '' } = process.env
  if (!program)
    throw new Error('There is no database server for tests. Use describeWithDatabase, which skips such tests.')
  try {
    await mkdir(join(folder, 'lock'))
  } catch {
    return readAddress(serverFile(folder))
  }
  const server = await startServer({ program, folder, guardian: Number(process.env[runVariables.guardian]) })
  await writeFile(`${serverFile(folder)}.part`, JSON.stringify(server))
  await rename(`${serverFile(folder)}.part`, serverFile(folder))
  return server
}

const readAddress = async (file: string): Promise<RunningServer> => {
  for (let polls = 0; polls < 300; polls += 1) {
    if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8'))
    await delay(100)
  }
  throw new Error('The database server of this run did not start. Read server.log in the run folder.')
}
