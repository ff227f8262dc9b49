import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** How many sockets a process holds, the listening one included (Linux, `proc(5)`). */
export const openSockets = (pid: number | undefined): number =>
  readdirSync(`/proc/${pid}/fd`).filter((descriptor) => isSocket(`/proc/${pid}/fd/${descriptor}`)).length

const isSocket = (path: string): boolean => {
  try {
    return readlinkSync(path).startsWith('socket:')
  } catch {
    return false
  }
}

/** Polls until a process holds no more sockets than it may, and tells how many it holds. */
export const settledSockets = async (pid: number | undefined, most: number): Promise<number> => {
  for (let tries = 0; tries < 150 && openSockets(pid) > most; tries++) await wait(20)
  return openSockets(pid)
}
