import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { functions } from '../functions.ts'
import { readBill } from './sbom.ts'
import { type BuiltFunction, checkSizes, getBudget, type Metafile } from './size-budgets.ts'

/** Fails when a built function has outgrown its budget, or when a package is loaded at start that should not be. The same build
 *  gives the same figures, on any machine. With `--bill` it also writes `dist/bill.json`: every package in every file of every
 *  function, with version, licence and bytes. */

const built = (name: string): BuiltFunction => {
  const folder = join('dist/functions', name)
  return {
    name,
    files: readdirSync(folder).map((file) => ({ name: file, content: readFileSync(join(folder, file)) })),
    metafile: JSON.parse(readFileSync(join('dist/metafiles', name, 'index.json'), 'utf8')) as Metafile,
  }
}

const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(1).padStart(7)

const report = (name: string): boolean => {
  const { entry, folder, archive, problems } = checkSizes(built(name))
  const sizes = `entry ${kilobytes(entry)} of ${kilobytes(getBudget(name).maxEntryBytes)} KB, folder ${kilobytes(folder)} KB, archive ${kilobytes(archive)} KB`
  console.log(`${problems.length === 0 ? ' ' : '!'} ${name.padEnd(22)} ${sizes}`)
  for (const problem of problems) console.log(`    ${problem}`)
  return problems.length === 0
}

if (process.argv.includes('--bill')) writeFileSync('dist/bill.json', `${JSON.stringify(readBill(), null, 2)}\n`)

const names = functions.map(({ name }) => name)
const oversized = names.filter((name) => !report(name))
const strays = readdirSync('dist/functions').filter((name) => !names.includes(name))
if (strays.length > 0) console.log(`! folders that are no function: ${strays.join(', ')}`)
if (oversized.length > 0 || strays.length > 0) process.exitCode = 1
