import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A group of processes whose memory the kernel limits, page cache included: a process that needs more is killed. */
export interface MemoryGroup {
  /** Wraps the command line of a Node program so that it runs in the group, with a copy of `node` whose pages count in
   *  the group, as they do on an instance that is alone. */
  readonly run: (command: readonly string[]) => string[]
  /** The most memory that was in use, in MB. */
  readonly peakMb: () => number
  /** How many processes the kernel killed. */
  readonly kills: () => number
  /** Ends the group. Its processes must have ended. */
  readonly remove: () => void
}

/** The files of a group in both versions of the kernel's control groups (Linux, "Memory Resource Controller" and
 *  "Control Group v2"). */
const versions = [
  {
    parent: '/sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    events: 'memory.oom_control',
  },
  { parent: '/sys/fs/cgroup', limit: 'memory.max', peak: 'memory.peak', events: 'memory.events' },
] as const

/** The copy of `node` that a group runs. */
const copy = resolve('dist/bench/node')

/** Creates a group. Returns undefined if this user or kernel cannot. */
export const createMemoryGroup = (limitMb: number): MemoryGroup | undefined => {
  for (const { parent, ...files } of versions) {
    const folder = join(parent, `bench-${process.pid}`)
    try {
      mkdirSync(folder)
      if (!existsSync(join(folder, files.peak))) throw new Error('The kernel does not limit memory here.')
      writeFileSync(join(folder, files.limit), String(limitMb * 1_048_576))
    } catch {
      removeFolder(folder)
      continue
    }
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
    return {
      run: ([node = '', ...rest]) => [
        'sh',
        '-c',
        'echo $$ > "$0/cgroup.procs" && cp "$1" "$2" && sync && node="$2" && shift 2 && exec "$node" "$@"',
        folder,
        node,
        copy,
        ...rest,
      ],
      peakMb: () => Number(read(files.peak)) / 1_048_576,
      kills: () => Number(/oom_kill (\d+)/.exec(read(files.events))?.[1] ?? 0),
      remove: () => removeFolder(folder),
    }
  }
  return undefined
}

const removeFolder = (folder: string): void => {
  try {
    rmdirSync(folder)
  } catch {
    // It does not exist, or a process of it still ends.
  }
}
