import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readEnvironment } from '../../shared/gateway/config/environment.ts'
import { createUsageConfig, type UsageStoreConfig } from '../../shared/gateway/config/usage-config.ts'
import type { VariableProblem } from '../../shared/gateway/config/variable.ts'
import { createStore } from '../../shared/gateway/usage-store.ts'
import { toSourceError } from '../../shared/models/sources/source-errors.ts'
import type { Log } from '../../shared/runtime/log.ts'
import { redrive } from '../../shared/usage/ledger/redrive.ts'
import type { UsageStore } from '../../shared/usage/store/store.ts'
import { maxGroups } from '../../shared/usage/store/totals.ts'
import { toCloudFailure } from '../cloud/client/cloud-failure.ts'
import { createRedactor } from '../cloud/client/redact.ts'
import { runTool } from '../command-line/run-tool.ts'
import { getLanguage } from '../language.ts'
import { devUsageFile } from '../local/dev-environment.ts'
import { describeMisspelledVariables } from '../variables/misspelled-variables.ts'
import { isSet, readVariables, type Variables } from '../variables/read-variables.ts'
import { drawReportChart } from './report-chart.ts'
import { formatReportTable } from './report-table.ts'
import { parseUsageCommand, type ReportOptions, usageHelp } from './usage-command.ts'

/** The longest time of a report, in milliseconds: a table of millions of rows takes long. */
const reportTimeoutMs = 120_000

/** `npm run usage`: reports the records, to compare them with a provider's bill, or makes records that were given up due again.
 *  Resolves with the exit code. */
const main = async (args: readonly string[]): Promise<number> => {
  const command = parseUsageCommand(args, Date.now())
  if (command === 'help') {
    console.log(usageHelp)
    return 0
  }
  const variables = addDevRecords(readVariables(process.cwd(), process.env), process.cwd())
  const { values, problems } = readEnvironment(variables)
  for (const line of describeMisspelledVariables(variables, getLanguage(variables))) console.error(line)
  for (const { variable, problem } of problems.filter(isStoreProblem)) console.error(`${variable} ${problem}.`)
  const config = createUsageConfig(values, logToConsole).store
  const store = createStore(config, { timeoutMs: reportTimeoutMs })
  if (!store) console.error('There is no store to read. Set USAGE_STORE to the same value as in the functions.')
  if (!store || config.kind === 'refused') return 1
  try {
    return (await (command === 'redrive' ? redriveAll(store) : report(store, command))) ? 0 : 1
  } catch (error) {
    console.error(createRedactor(variables)(`The store of usage records failed. ${describeFailure(config, error)}`))
    return 1
  } finally {
    await store.end()
  }
}

/** Without `USAGE_STORE`, names the file of `npm run dev` if it is there. */
const addDevRecords = (variables: Variables, folder: string): Variables => {
  if (isSet(variables['USAGE_STORE']) || !existsSync(join(folder, devUsageFile))) return variables
  return { ...variables, USAGE_STORE: 'file', USAGE_FILE: devUsageFile }
}

/** Whether a problem is about a variable of the store. */
const isStoreProblem = ({ variable }: VariableProblem): boolean => /^(USAGE|MYSQL|CLOUDBASE)_/.test(variable)

const describeFailure = ({ kind }: UsageStoreConfig, error: unknown): string => {
  if (kind === 'mysql') return toSourceError(error).message
  if (kind === 'file') return String(error)
  const { reason, advice } = toCloudFailure(error)
  return `${reason} ${advice}`.trim()
}

/** Prints the table and writes the chart. Resolves with whether both worked. */
const report = async (store: UsageStore, options: ReportOptions): Promise<boolean> => {
  const [groups, [all]] = await Promise.all([store.totals(options), store.totals({ ...options, by: [] })])
  console.log(formatReportTable(groups, all))
  if (groups.length >= maxGroups) console.error(`Only the first ${maxGroups} groups are shown. Ask for fewer days.`)
  return writeChart(options.chart, drawReportChart(groups, `Usage from ${options.from} to ${options.to}`))
}

/** Resolves with whether the chart was written. */
const writeChart = async (path: string, chart: string): Promise<boolean> => {
  try {
    await writeFile(path, chart)
    console.log(`\n${path}`)
    return true
  } catch (error) {
    console.error(`The chart cannot be written (${String(error)}). Name a file in an existing folder with --chart.`)
    return false
  }
}

const redriveAll = async (store: UsageStore): Promise<boolean> => {
  const redriven = await redrive({ store, now: Date.now, budgetMs: Number.POSITIVE_INFINITY })
  console.log(`${redriven} records are due again. llm-usage-flush delivers them within a minute or two.`)
  return true
}

/** Problems of the configuration go to standard error, beside the report. */
const logToConsole: Log = (_level, _event, fields) => console.error(fields?.['help'])

await runTool(main)
