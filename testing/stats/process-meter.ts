import { readdirSync, readFileSync } from 'node:fs'

/** Processor time a process has used, in milliseconds: all threads, user and system together (Linux,
 *  `/proc/<pid>/task/<tid>/schedstat`; the ticks of `/proc/<pid>/stat` are 10 ms, too coarse for a cold start). */
export const cpuMs = (pid: number): number => {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map((thread) => Number(scheduled(pid, thread).split(' ')[0]))
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6
}

/** A thread that ends while it is looked at has used nothing to speak of. */
const scheduled = (pid: number, thread: string): string => {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
  } catch {
    return '0'
  }
}

/** Memory a process holds now (`VmRSS`) or held at most (`VmHWM`), in MB. */
export const memoryMb = (pid: number, field: 'VmRSS' | 'VmHWM'): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
}
