import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { functions } from './functions.ts'

/** Fails when a built function has outgrown its budget: what is read at start decides the cold start, what is in the folder
 *  decides the upload. The same build gives the same figures, on any machine. */

const kilobyte = 1024

/** Bytes of `index.js`, which is all that is loaded at start. */
const entryBudgets: Readonly<Record<string, number>> = {
  'llm-health': 10 * kilobyte,
  'llm-models': 60 * kilobyte,
}
const entryBudget = 120 * kilobyte
const folderBudget = 3 * kilobyte * kilobyte

const sizeOf = (path: string): number => statSync(path).size

const report = (name: string): boolean => {
  const folder = join('dist/functions', name)
  const entry = sizeOf(join(folder, 'index.js'))
  const whole = readdirSync(folder).reduce((sum, file) => sum + sizeOf(join(folder, file)), 0)
  const budget = entryBudgets[name] ?? entryBudget
  const fits = entry <= budget && whole <= folderBudget
  const kilobytes = (bytes: number): string => (bytes / kilobyte).toFixed(1).padStart(8)
  console.log(
    `${fits ? ' ' : '!'} ${name.padEnd(22)} entry ${kilobytes(entry)} of ${kilobytes(budget)} KB, folder ${kilobytes(whole)} KB`,
  )
  return fits
}

const bundled = functions.map(({ name }) => name)
const oversized = bundled.filter((name) => !report(name))
const strays = readdirSync('dist/functions').filter((name) => !bundled.includes(name))
if (strays.length > 0) console.log(`! folders that are no function: ${strays.join(', ')}`)
if (oversized.length > 0 || strays.length > 0) process.exitCode = 1
