import type { ChildProcess } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The variable with the folder for the output of all functions of this run. */
export const outputVariable = 'GATEWAY_TEST_OUTPUT'

/** Appends the output of a function's process to a file of the run. The end of the run searches these files for tokens. */
export const captureOutput = ({ pid, stdout, stderr }: ChildProcess): void => {
  const folder = process.env[outputVariable]
  if (!folder) return
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (text: Buffer) => appendFileSync(join(folder, `${pid}.log`), text))
  }
}

/** Matches a JSON Web Token, and the credentials of a bearer authorization header. */
const token = /eyJ[\w-]{8,}\.[\w-]{8,}|\bBearer\s+[\w.~+/-]{8,}/

/** Returns the output lines that contain a token. */
export const findTokenLines = (folder: string): string[] => {
  if (!existsSync(folder)) return []
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
  return lines.filter((line) => token.test(line))
}
