import { readdirSync, readFileSync } from 'node:fs'

/** Returns the processor time of a process, in milliseconds: all threads, user and system together (Linux,
 *  `/proc/<pid>/task/<tid>/schedstat`; the ticks of `/proc/<pid>/stat` are 10 ms, too coarse for a cold start). */
export const cpuMs = (pid: number): number => {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map((thread) => Number(readSchedstat(pid, thread).split(' ')[0]))
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6
}

/** A thread that has just ended counts as 0: its share is negligible. */
const readSchedstat = (pid: number, thread: string): string => {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
  } catch {
    return '0'
  }
}

/** Returns the memory of a process in MB: now (`VmRSS`) or at its peak (`VmHWM`). */
export const memoryMb = (pid: number, field: 'VmRSS' | 'VmHWM'): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
}
