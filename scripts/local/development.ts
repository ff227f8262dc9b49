import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isObject, parseJson } from '../../shared/runtime/json.ts'
import type { Variables } from '../variables/read-variables.ts'

/** A running gateway of `npm run dev`. */
export interface Development {
  /** As clients of this machine reach it. */
  readonly url: string
  /** The variables that it has set by itself, such as those of the embedded model. */
  readonly variables: Variables
  readonly pid: number
}

/** The file in which `npm run dev` says that it runs, from its folder. Other commands then see the embedded model. */
const developmentFile = '.local/development.json'

/** Writes the file. Only its owner can read it: it holds the key of the embedded model. */
export const writeDevelopment = (folder: string, development: Omit<Development, 'pid'>): void => {
  const path = join(folder, developmentFile)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify({ ...development, pid: process.pid }, null, 2)}\n`, { mode: 0o600 })
}

/** Removes the file, unless a later gateway has written its own. */
export const removeDevelopment = (folder: string): void => {
  if (readFile(folder)?.pid === process.pid) rmSync(join(folder, developmentFile), { force: true })
}

/** Returns the gateway of `npm run dev` in a folder; undefined if none runs. */
export const readDevelopment = (folder: string): Development | undefined => {
  const development = readFile(folder)
  return development && isRunning(development.pid) ? development : undefined
}

const readFile = (folder: string): Development | undefined => {
  try {
    const value = parseJson(readFileSync(join(folder, developmentFile), 'utf8'))
    return isObject(value) && isObject(value['variables']) ? (value as unknown as Development) : undefined
  } catch {
    return undefined
  }
}

/** A killed gateway leaves its file behind. */
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
