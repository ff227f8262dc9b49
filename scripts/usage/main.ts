import { existsSync } from 'node:fs'
import { createUsageConfig, type UsageStoreConfig } from '../../shared/gateway/config/usage-config.ts'
import { readEnvironment } from '../../shared/gateway/config/variables/environment.ts'
import type { VariableProblem } from '../../shared/gateway/config/variables/variable.ts'
import { createStore } from '../../shared/gateway/stores/usage-store.ts'
import { toSourceError } from '../../shared/models/sources/source-errors.ts'
import type { Log } from '../../shared/runtime/log.ts'
import { redrive } from '../../shared/usage/ledger/redrive.ts'
import { toCloudFailure } from '../cloud/client/cloud-failure.ts'
import { createRedactor } from '../cloud/client/redact.ts'
import { runTool } from '../command-line/run-tool.ts'
import { getLanguage } from '../language.ts'
import { describeMisspelledVariables } from '../variables/misspelled-variables.ts'
import { readVariables, type Variables } from '../variables/read-variables.ts'
import { addDevRecords } from './dev-records.ts'
import { usageMessages } from './messages.ts'
import { printReport } from './print-report.ts'
import { getUsageHelp, parseUsageCommand } from './usage-command.ts'

/** The longest time of a report, in milliseconds: a table of millions of rows takes long. */
const reportTimeoutMs = 120_000

/** `npm run usage`: reports the records, to compare them with a provider's bill, or makes records that were given up due again.
 *  Resolves with the exit code. */
const main = async (args: readonly string[]): Promise<number> => {
  const command = parseUsageCommand(args, Date.now())
  if (command === 'help') {
    console.log(getUsageHelp())
    return 0
  }
  const variables = addDevRecords(readVariables(process.cwd(), process.env), process.cwd())
  const messages = usageMessages[getLanguage(variables)]
  const config = command !== 'redrive' && command.file ? toFileStore(command.file) : readStoreConfig(variables)
  const store = createStore(config, { timeoutMs: reportTimeoutMs })
  if (!store) console.error(messages.noStore)
  if (!store || config.kind === 'refused') return 1
  const path = config.kind === 'file' ? config.path : undefined
  if (path !== undefined && !existsSync(path)) {
    console.error(messages.noFile(path))
    return 1
  }
  try {
    if (command !== 'redrive') return (await printReport({ store, options: command, messages, path })) ? 0 : 1
    console.log(messages.redriven(await redrive({ store, now: Date.now, budgetMs: Number.POSITIVE_INFINITY })))
    return 0
  } catch (error) {
    console.error(createRedactor(variables)(messages.failed(describeFailure(config, error))))
    return 1
  } finally {
    await store.end()
  }
}

const toFileStore = (path: string): UsageStoreConfig => ({ kind: 'file', path })

/** Reads the store that the variables name. Prints what is wrong with them. */
const readStoreConfig = (variables: Variables): UsageStoreConfig => {
  const { values, problems } = readEnvironment(variables)
  for (const line of describeMisspelledVariables(variables, getLanguage(variables))) console.error(line)
  for (const { variable, problem } of problems.filter(isStoreProblem)) console.error(`${variable} ${problem}.`)
  return createUsageConfig(values, logToConsole).store
}

/** Whether a problem is about a variable of the store. */
const isStoreProblem = ({ variable }: VariableProblem): boolean => /^(USAGE|MYSQL|CLOUDBASE)_/.test(variable)

const describeFailure = ({ kind }: UsageStoreConfig, error: unknown): string => {
  if (kind === 'mysql') return toSourceError(error).message
  if (kind === 'file' || kind === 'rdb') return String(error)
  const { reason, advice } = toCloudFailure(error)
  return `${reason} ${advice}`.trim()
}

/** Problems of the configuration go to standard error, beside the report. */
const logToConsole: Log = (_level, _event, fields) => console.error(fields?.['help'])

await runTool(main)
