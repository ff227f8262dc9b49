import { parseArguments } from '../scripts/command-line/parse-arguments.ts'
import { UsageError } from '../scripts/command-line/usage-error.ts'
import type { GatewayParts } from './gateway-environment.ts'

/** The options of a run. */
export interface Options {
  /** Names of the scenarios to run; empty for all. */
  readonly only: readonly string[]
  /** Interleaved rounds of each relay scenario. */
  readonly rounds: number
  /** Starts of each program in the cold start. */
  readonly coldRuns: number
  /** Length of one measurement of throughput, in seconds. */
  readonly seconds: number
  readonly soakRequests: number
  /** Whether the programs of `bench/peers` run too. */
  readonly peers: boolean
  /** Whether goals that are measured by the clock count. */
  readonly clock: boolean
  readonly parts: GatewayParts
  /** Folder for report, chart and samples. */
  readonly out: string
  /** Whether the report is also written to `docs/`. */
  readonly docs: boolean
  readonly help: boolean
}

/** The text of `--help`. */
export const benchHelp = `npm run bench -- [options]

  --only NAMES      names of the scenarios, separated by commas
  --quick           processor time only, without other programs, within a minute
  --without PARTS   turns off auth or usage
  --usage STORE     destination of usage records: file, webhook, mysql or none
  --map SOURCE      source of the model map: file or mysql
  --rounds N, --runs N, --seconds N, --soak N
                    rounds of a scenario, cold starts, length of a measurement, requests of the soak
  --out FOLDER      folder for report, chart and samples (default dist/bench)
  --docs            also writes docs/performance.md`

/** The values of `--without`. */
const parts = ['auth', 'usage'] as const

/** Parses the command line.
 *  @throws UsageError for an unknown option or value */
export const parseOptions = (argv: readonly string[]): Options => {
  const { values } = parseArguments(argv, {
    help: benchHelp,
    options: {
      only: { type: 'string', default: '' },
      without: { type: 'string', default: '' },
      usage: { type: 'string', default: 'file' },
      map: { type: 'string', default: 'file' },
      rounds: { type: 'string' },
      runs: { type: 'string', default: '12' },
      seconds: { type: 'string' },
      soak: { type: 'string', default: '100000' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string', default: 'dist/bench' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const without = parseList(values.without)
  const unknown = without.find((part) => !parts.some((known) => known === part))
  if (unknown !== undefined) throw usageError(`--without takes ${parts.join(' and ')}, not '${unknown}'.`)
  const usage = parseChoice('usage', usages, values.usage)
  const map = parseChoice('map', maps, values.map)
  return {
    only: parseList(values.only).length === 0 && values.quick ? quickScenarios : parseList(values.only),
    rounds: parsePositive(values.rounds ?? (values.quick ? '3' : '7')),
    coldRuns: parsePositive(values.runs),
    seconds: parsePositive(values.seconds ?? (values.quick ? '1' : '2')),
    soakRequests: parsePositive(values.soak),
    peers: !values.quick,
    clock: !values.quick,
    parts: { auth: !without.includes('auth'), usage: without.includes('usage') ? 'none' : usage, map, models: 10 },
    out: values.out,
    docs: values.docs,
    help: values.help,
  }
}

const usageError = (problem: string): UsageError => new UsageError(problem, benchHelp)

const usages = ['file', 'webhook', 'mysql', 'none'] as const
const maps = ['file', 'mysql'] as const

const parseChoice = <Value extends string>(option: string, values: readonly Value[], given: string): Value => {
  const value = values.find((known) => known === given)
  if (value === undefined) throw usageError(`--${option} takes ${values.join(', ')}, not '${given}'.`)
  return value
}

/** The scenarios that can be judged by processor time within a minute. */
const quickScenarios = ['throughput', 'streams', 'auth'] as const

const parseList = (text: string): string[] => text.split(',').filter((item) => item !== '')

const parsePositive = (text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw usageError(`'${text}' is not a number above zero.`)
  return value
}
