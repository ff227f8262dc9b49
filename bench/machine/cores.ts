import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'

/** Whether processes can be pinned to a core: `taskset` exists and there are several cores. */
const hasTaskset = (): boolean => {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' })
    return cpus().length > 1
  } catch {
    return false
  }
}

const pinned = hasTaskset()

/** Cores by role: the target has its own core, upstream and load generator share the other. */
const cores = { target: 1, harness: 0 } as const

/** Returns the command line that runs a command on the core of its role, if processes can be pinned. */
export const onCore = (role: keyof typeof cores, command: readonly string[]): [string, ...string[]] =>
  pinned ? ['taskset', '-c', String(cores[role]), ...command] : ([...command] as [string, ...string[]])

/** The distribution of processes to cores, for the report. */
export const layout = pinned
  ? 'target pinned to core 1; upstream and load generator to core 0'
  : 'processes not pinned (no taskset, or a single core)'
