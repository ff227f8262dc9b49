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
  /** Whether the report goes into `docs/`. */
  readonly docs: boolean
}

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
      rounds: { type: 'string' },
      runs: { type: 'string', default: '12' },
      seconds: { type: 'string' },
      soak: { type: 'string', default: '100000' },
      quick: { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
    },
  })
  const without = listOf(values.without)
  const unknown = without.find((part) => !parts.some((known) => known === part))
  if (unknown !== undefined) throw new TypeError(`--without takes ${parts.join(' and ')}, not '${unknown}'.`)
  const usage = usages.find((known) => known === values.usage)
  if (usage === undefined) throw new TypeError(`--usage takes ${usages.join(', ')}, not '${values.usage}'.`)
  return {
    only: listOf(values.only).length === 0 && values.quick ? quickScenarios : listOf(values.only),
    rounds: positive(values.rounds ?? (values.quick ? '3' : '7')),
    coldRuns: positive(values.runs),
    seconds: positive(values.seconds ?? (values.quick ? '1' : '2')),
    soakRequests: positive(values.soak),
    peers: !values.quick,
    clock: !values.quick,
    parts: { auth: !without.includes('auth'), usage: without.includes('usage') ? 'none' : usage, models: 10 },
    docs: values.docs,
  }
}

const usages = ['file', 'webhook', 'mysql', 'none'] as const

/** What can be judged by processor time alone within a minute. */
const quickScenarios = ['throughput', 'streams', 'auth'] as const

const listOf = (text: string): string[] => text.split(',').filter((item) => item !== '')

const positive = (text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new TypeError(`'${text}' is not a number above zero.`)
  return value
}
