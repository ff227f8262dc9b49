import { writeFile } from 'node:fs/promises'
import { readEnvironment } from '../../shared/gateway/environment.ts'
import { storeOf } from '../../shared/gateway/ledger.ts'
import { usageConfig } from '../../shared/gateway/usage-config.ts'
import type { Log } from '../../shared/protocol/log.ts'
import { reportChart } from './report-chart.ts'
import { reportOptions, usageHelp } from './report-options.ts'
import { reportTable } from './report-table.ts'

/** `npm run usage -- report`: what is recorded, to be laid beside a provider's bill. */
const report = async (args: readonly string[]): Promise<number> => {
  const options = reportOptions(args, Date.now())
  if (!options) {
    console.error(usageHelp)
    return 2
  }
  const { values } = readEnvironment(process.env)
  const store = storeOf(usageConfig(values, toConsole).store)
  if (!store) {
    console.error('There is no store to read. Set USAGE_STORE as the functions have it.')
    return 1
  }
  const totals = await store.totals(options)
  console.log(reportTable(totals))
  await writeFile(options.chart, reportChart(totals, `Usage from ${options.from} to ${options.to}`))
  console.log(`\n${options.chart}`)
  await store.end()
  return 0
}

/** What is wrong with the configuration goes beside the report, not into it. */
const toConsole: Log = (_level, _event, fields) => console.error(fields?.['help'])

process.exitCode = await report(process.argv.slice(2))
