import { parseArgs } from 'node:util'
import type { GatewayParts } from './gateway-environment.ts'

/** What a run measures, and how thoroughly. */
export interface Options {
  /** Names of the scenarios to run; empty: all. */
  readonly only: readonly string[]
  /** Interleaved rounds of each relay scenario. */
  readonly rounds: number
  /** Starts of each program in the cold start. */
  readonly coldRuns: number
  /** Length of one measurement of throughput, in seconds. */
  readonly seconds: number
  readonly soakRequests: number
  /** Whether the programs of `bench/peers` run beside ours. */
  readonly peers: boolean
  /** Whether goals that are read off a clock count. */
  readonly clock: boolean
  readonly parts: GatewayParts
  /** Folder that report, chart and samples are written to. */
  readonly out: string
  /** Whether the report goes into `docs/` too. */
  readonly docs: boolean
  readonly help: boolean
}

/** What `--help` prints. */
export const benchHelp = `npm run bench -- [options]

  --only NAMES      the scenarios of these names, separated by commas
  --quick           processor time alone, without the programs of others, within a minute
  --without PARTS   without auth, usage
  --usage STORE     where usage records go: file, webhook, mysql or none
  --map SOURCE      where the model map comes from: file or mysql
  --rounds N, --runs N, --seconds N, --soak N
                    rounds of a scenario, cold starts, length of a measurement, requests of the soak
  --out FOLDER      where report, chart and samples go (default dist/bench)
  --docs            also writes docs/performance.md`

/** The words that may follow `--without`. */
const parts = ['auth', 'usage'] as const

/** Reads the command line.
 *  @throws TypeError for what it does not know */
export const parseOptions = (argv: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...argv],
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
  if (unknown !== undefined) throw new TypeError(`--without takes ${parts.join(' and ')}, not '${unknown}'.`)
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

const usages = ['file', 'webhook', 'mysql', 'none'] as const
const maps = ['file', 'mysql'] as const

const parseChoice = <Value extends string>(option: string, values: readonly Value[], given: string): Value => {
  const value = values.find((known) => known === given)
  if (value === undefined) throw new TypeError(`--${option} takes ${values.join(', ')}, not '${given}'.`)
  return value
}

/** What can be judged by processor time alone within a minute. */
const quickScenarios = ['throughput', 'streams', 'auth'] as const

const parseList = (text: string): string[] => text.split(',').filter((item) => item !== '')

const parsePositive = (text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new TypeError(`'${text}' is not a number above zero.`)
  return value
}
