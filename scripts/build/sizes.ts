import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArguments } from '../command-line/parse-arguments.ts'
import { runTool } from '../command-line/run-tool.ts'
import { functions } from '../functions.ts'
import { readBill } from './sbom.ts'
import { type BuiltFunction, checkSizes, getBudget, type Metafile } from './size-budgets.ts'

/** Fails if a built function exceeds its budget, or if its entry holds a package that it may not hold. The same
 *  build gives the same figures on any machine. With `--bill` it also writes `dist/bill.json`: every package in
 *  every file of every function, with version, licence and bytes. */

const readBuilt = (name: string): BuiltFunction => {
  const folder = join('dist/functions', name)
  return {
    name,
    files: readdirSync(folder).map((file) => ({ name: file, content: readFileSync(join(folder, file)) })),
    metafile: JSON.parse(readFileSync(join('dist/metafiles', name, 'index.json'), 'utf8')) as Metafile,
  }
}

const formatKilobytes = (bytes: number): string => (bytes / 1024).toFixed(1).padStart(7)

const reportSizes = (name: string): boolean => {
  const { entry, folder, archive, problems } = checkSizes(readBuilt(name))
  const sizes = `entry ${formatKilobytes(entry)} of ${formatKilobytes(getBudget(name).maxEntryBytes)} KB, folder ${formatKilobytes(folder)} KB, archive ${formatKilobytes(archive)} KB`
  console.log(`${problems.length === 0 ? ' ' : '!'} ${name.padEnd(22)} ${sizes}`)
  for (const problem of problems) console.log(`    ${problem}`)
  return problems.length === 0
}

const help = `npm run sizes [-- --bill]

  --bill  also writes dist/bill.json: every package in every file of every function`

const options = { bill: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const

const reportAllSizes = (): boolean => {
  const names = functions.map(({ name }) => name)
  const oversized = names.filter((name) => !reportSizes(name))
  const unknownFolders = readdirSync('dist/functions').filter((name) => !names.includes(name))
  if (unknownFolders.length > 0) console.log(`! folders that are not functions: ${unknownFolders.join(', ')}`)
  return oversized.length === 0 && unknownFolders.length === 0
}

await runTool((args) => {
  const { values } = parseArguments(args, { options, help })
  if (values.help) {
    console.log(help)
    return 0
  }
  if (values.bill) writeFileSync('dist/bill.json', `${JSON.stringify(readBill(), null, 2)}\n`)
  return reportAllSizes() ? 0 : 1
})
