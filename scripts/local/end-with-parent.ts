import { readFileSync } from 'node:fs'

const POLL_MS = 500

/** Calls `end` once the program that started this one has ended. A killed program passes no signal on. Under npm
 *  that is the shell of npm and, if the system shows it (Linux), npm itself. */
export const endWithParent = (end: () => void): void => {
  const startedBy = getStarters()
  const watch = setInterval(() => {
    if (getStarters() === startedBy) return
    clearInterval(watch)
    end()
  }, POLL_MS)
  watch.unref()
}

const getStarters = (): string =>
  process.env['npm_lifecycle_event'] ? `${process.ppid} ${getParentPid(process.ppid)}` : `${process.ppid}`

/** The fourth field of `/proc/PID/stat`, whose second, in parentheses, may hold anything (proc(5)). */
const getParentPid = (pid: number): string => {
  try {
    return /^.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? ''
  } catch {
    return ''
  }
}
