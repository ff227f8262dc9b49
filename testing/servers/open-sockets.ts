import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A TCP socket of a process. */
export interface TcpSocket {
  readonly localPort: number
  readonly listens: boolean
}

/** Counts the sockets of a process, listening ones included (Linux, proc(5): `fd`). */
export const countOpenSockets = (pid: number | undefined): number => readSocketLinks(pid).length

/** Polls for at most three seconds until a process has at most `max` sockets, and returns how many it has. */
export const waitForSockets = async (pid: number | undefined, max: number): Promise<number> => {
  for (let tries = 0; tries < 150 && countOpenSockets(pid) > max; tries++) await sleep(20)
  return countOpenSockets(pid)
}

/** Lists the TCP sockets of a process (Linux, proc(5): `fd`, `net/tcp`). */
export const listTcpSockets = (pid: number): TcpSocket[] => {
  const links = new Set(readSocketLinks(pid))
  const lines = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1),
  )
  return lines
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, local, , state, , , , , , inode]) =>
      links.has(`socket:[${inode}]`) ? [{ localPort: parsePort(local), listens: state === listenState }] : [],
    )
}

/** The number of the TCP state LISTEN. */
const listenState = '0A'

const parsePort = (address = ''): number => Number.parseInt(address.split(':')[1] ?? '', 16)

const readSocketLinks = (pid: number | undefined): string[] =>
  readdirSync(`/proc/${pid}/fd`)
    .map((descriptor) => readLink(`/proc/${pid}/fd/${descriptor}`))
    .filter((link) => link.startsWith('socket:'))

/** Returns an empty text if the descriptor was closed in the meantime. */
const readLink = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
