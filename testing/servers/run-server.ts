import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type RunningServer, startServer } from './mariadb.ts'

/** What the run's set-up tells the test files (`global-setup.ts`), through the environment that the workers inherit. */
export const runVariables = {
  /** The server's program; unset: this machine has none. */
  program: 'TEST_RUN_DATABASE_PROGRAM',
  /** The run's folder: the lock, the address and the server's data. */
  folder: 'TEST_RUN_FOLDER',
  /** The jest process, which the server must not outlive. */
  guardian: 'TEST_RUN_PID',
} as const

/** The file in the run's folder that says where the run's server is. */
export const serverFile = (folder: string): string => join(folder, 'server.json')

/** What the names of this run's databases begin with. */
export const databasePrefix = (): string => `gateway_test_${process.env[runVariables.guardian] ?? '0'}_`

/** The database server of this test run. Whoever asks first starts it, everyone else waits for its address. */
export const serverOfRun = async (): Promise<RunningServer> => {
  const { [runVariables.program]: program, [runVariables.folder]: folder = '' } = process.env
  if (!program) throw new Error('There is no database server for tests. Use describeWithDatabase.')
  try {
    await mkdir(join(folder, 'lock'))
  } catch {
    return addressIn(serverFile(folder))
  }
  const server = await startServer({ program, folder, guardian: Number(process.env[runVariables.guardian]) })
  await writeFile(`${serverFile(folder)}.part`, JSON.stringify(server))
  await rename(`${serverFile(folder)}.part`, serverFile(folder))
  return server
}

const addressIn = async (file: string): Promise<RunningServer> => {
  for (let polls = 0; polls < 300; polls += 1) {
    if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8'))
    await delay(100)
  }
  throw new Error('The database server of this run did not start. Read server.log in the run folder.')
}
