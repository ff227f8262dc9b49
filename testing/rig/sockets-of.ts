import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A TCP socket of a process. */
export interface OpenSocket {
  readonly localPort: number
  readonly listens: boolean
}

/** The TCP sockets that a process holds (Linux, proc(5): `fd`, `net/tcp`). */
export const socketsOf = (pid: number): OpenSocket[] => {
  const held = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)))
  const lines = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1),
  )
  return lines
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, local, , state, , , , , , inode]) =>
      held.has(`socket:[${inode}]`) ? [{ localPort: portOf(local), listens: state === listening }] : [],
    )
}

/** The number of the state LISTEN. */
const listening = '0A'

const portOf = (address = ''): number => Number.parseInt(address.split(':')[1] ?? '', 16)

/** What a descriptor is; one that is closed while it is looked at is nothing. */
const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
