import { parseArguments } from '../../command-line/parse-arguments.ts'
import { readLanguage } from '../../command-line/read-language.ts'
import { UsageError } from '../../command-line/usage-error.ts'
import { checkEnvironment } from '../client/connect.ts'
import { cloudMessages } from '../messages.ts'
import { runCommand } from '../prompt/run-command.ts'
import { type DoctorOptions, examineAll } from './doctor.ts'
import { readInput } from './read-input.ts'
import { formatReport, isHealthy } from './report.ts'

const language = readLanguage()
const messages = cloudMessages[language]
const { doctorHelp: help } = messages

const options = {
  json: { type: 'boolean', default: false },
  probe: { type: 'boolean', default: false },
  seconds: { type: 'string', default: '130' },
  'mini-program': { type: 'string', default: '0' },
  live: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** The `fetch` of Node gives up after 300 seconds without a byte. */
const maxSeconds = 280

const maxMiniProgramSeconds = 600

const parseDoctorOptions = (args: readonly string[]): DoctorOptions => {
  const { values } = parseArguments(args, { options, help })
  const seconds = Number(values.seconds)
  const miniProgramSeconds = Number(values['mini-program'])
  if (!(seconds > 0 && seconds <= maxSeconds)) throw new UsageError(messages.noSeconds(maxSeconds), help)
  if (!(miniProgramSeconds >= 0 && miniProgramSeconds <= maxMiniProgramSeconds))
    throw new UsageError(messages.noMiniProgramSeconds(maxMiniProgramSeconds), help)
  return { ...values, seconds, miniProgramSeconds }
}

/** Compares the deployed gateway with this folder, and prints each difference with the fix: `npm run doctor`. */
await runCommand<DoctorOptions>(
  {
    help,
    parse: parseDoctorOptions,
    asks: ({ json }) => !json,
    run: async (given, context) => {
      const input = await readInput(context)
      await checkEnvironment(input.cloud)
      const sections = await examineAll(input, given, (line) => console.error(line))
      const lines = given.json
        ? [JSON.stringify({ healthy: isHealthy(sections), sections }, null, 2)]
        : formatReport(sections, language)
      for (const line of lines) context.print(line)
      return isHealthy(sections)
    },
  },
  process.argv.slice(2),
)
