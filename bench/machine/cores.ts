import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'

/** Core of the target, and core of everything else; undefined where processes cannot be pinned. */
const hasTaskset = (): boolean => {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' })
    return cpus().length > 1
  } catch {
    return false
  }
}

const pinned = hasTaskset()

/** Cores by role: the target has one to itself, the upstream and the load generator share the other. */
const cores = { target: 1, harness: 0 } as const

/** The command line that runs a command on its role's core, where that is possible. */
export const onCore = (role: keyof typeof cores, command: readonly string[]): [string, ...string[]] =>
  pinned ? ['taskset', '-c', String(cores[role]), ...command] : ([...command] as [string, ...string[]])

/** How processes were laid out, for the report. */
export const layout = pinned
  ? 'target pinned to core 1; upstream and load generator to core 0'
  : 'processes not pinned (no taskset, or a single core)'
