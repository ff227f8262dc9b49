import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArguments } from '../command-line/parse-arguments.ts'
import { runTool } from '../command-line/run-tool.ts'
import { functions } from '../functions.ts'
import { type Page, pages } from '../web/pages.ts'
import { measurePage } from './page-size.ts'
import { readBill } from './sbom.ts'
import { type BuiltFunction, checkSizes, getBudget, type Metafile } from './size-budgets.ts'

/** Fails if a built function or page exceeds its budget, or if an entry holds a package that it may not hold. The same
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

const reportPage = ({ name, maxGzipBytes, part }: Page): boolean => {
  const bytes = measurePage(join('dist/web', name), part)
  return [
    reportGzip(name, bytes.own, maxGzipBytes),
    ...(part ? [reportGzip(`  ${part.name}`, bytes.part, part.maxGzipBytes)] : []),
  ].every(Boolean)
}

const reportGzip = (name: string, bytes: number, maxBytes: number): boolean => {
  const isSmall = bytes > 0 && bytes <= maxBytes
  console.log(
    `${isSmall ? ' ' : '!'} ${name.padEnd(22)} gzip  ${formatKilobytes(bytes)} of ${formatKilobytes(maxBytes)} KB`,
  )
  return isSmall
}

const help = `npm run sizes [-- --bill]

  --bill  also writes dist/bill.json: every package in every file of every function`

const options = { bill: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const

const reportAllSizes = (): boolean => {
  const names = functions.map(({ name }) => name)
  const oversized = names.filter((name) => !reportSizes(name))
  const unknownFolders = readdirSync('dist/functions').filter((name) => !names.includes(name))
  if (unknownFolders.length > 0) console.log(`! folders that are not functions: ${unknownFolders.join(', ')}`)
  const oversizedPages = pages.filter((page) => !reportPage(page))
  return oversized.length === 0 && oversizedPages.length === 0 && unknownFolders.length === 0
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
