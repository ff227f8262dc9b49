import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArguments } from '../cloud/arguments.ts'
import { readCloudbaserc } from '../cloud/cloudbaserc.ts'
import { checkEnvironment, connect } from '../cloud/connect.ts'
import { packFunction } from '../cloud/function-package.ts'
import { readModelKeys } from '../cloud/model-keys.ts'
import { type CommandContext, runCommand } from '../cloud/run-command.ts'
import { type DoctorOptions, examineAll } from './doctor.ts'
import type { Patient } from './examination.ts'
import { isHealthy, textReport } from './report.ts'

const help = `npm run doctor -- [options]

  --probe  also find out facts about the platform in your environment
  --live   also call each model once (costs a few tokens)
  --json   print the report as JSON`

const options = {
  json: { type: 'boolean', default: false },
  probe: { type: 'boolean', default: false },
  live: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const patientOf = ({ folder, variables }: CommandContext): Patient => {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  const settings = readCloudbaserc(folder, variables)
  const packageOf = (name: string) => {
    const own = join(folder, 'dist', 'functions', name)
    return existsSync(join(own, 'index.js')) ? packFunction(own) : undefined
  }
  return {
    cloud: connect(variables),
    settings,
    variables,
    modelKeys: readModelKeys(folder, variables),
    version,
    packageOf,
  }
}

/** Compares what is deployed with what should be, and says what to do: `npm run doctor`. */
await runCommand<DoctorOptions>(
  {
    help,
    parse: (args) => parseArguments(args, { options, help }).values,
    asks: ({ json }) => !json,
    run: async (given, context) => {
      const patient = patientOf(context)
      await checkEnvironment(patient.cloud)
      const sections = await examineAll(patient, given)
      const lines = given.json
        ? [JSON.stringify({ healthy: isHealthy(sections), sections }, null, 2)]
        : textReport(sections)
      for (const line of lines) context.print(line)
      return isHealthy(sections)
    },
  },
  process.argv.slice(2),
)
