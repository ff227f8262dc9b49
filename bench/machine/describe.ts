import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { layout } from './cores.ts'

/** Describes the machine and the distribution of processes, one line each, for the report. */
export const describeMachine = (): string[] => [
  `${cpus().length} × ${cpuModel()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node.js ${process.version}`,
  layout,
]

/** Returns the load averages over 1, 5 and 15 minutes. */
export const loadNow = (): string =>
  loadavg()
    .map((load) => load.toFixed(1))
    .join(', ')

const cpuModel = (): string =>
  /model name\s*:\s*(.+)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? cpus()[0]?.model ?? 'unknown'
