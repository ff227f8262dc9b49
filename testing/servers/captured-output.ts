import type { ChildProcess } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Names the folder that holds what every function printed in this run. */
export const outputVariable = 'GATEWAY_TEST_OUTPUT'

/** Keeps what a function's process prints until the end of the run, when all of it is searched for tokens. */
export const keepOutput = ({ pid, stdout, stderr }: ChildProcess): void => {
  const folder = process.env[outputVariable]
  if (!folder) return
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (text: Buffer) => appendFileSync(join(folder, `${pid}.log`), text))
  }
}

/** A JSON Web Token, or what follows the scheme of an authorization header. */
const token = /eyJ[\w-]{8,}\.[\w-]{8,}|\bBearer\s+[\w.~+/-]{8,}/

/** The lines, of everything functions printed, that hold a token. */
export const linesWithTokens = (folder: string): string[] => {
  if (!existsSync(folder)) return []
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
  return lines.filter((line) => token.test(line))
}
