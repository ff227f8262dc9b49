import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onCore } from './cores.ts'

/** A process of the benchmark that handles messages one at a time. */
export interface Helper<Request, Reply> {
  readonly pid: number
  /** Its first message, when it was ready. */
  readonly greeting: unknown
  readonly request: (request: Request) => Promise<Reply>
  readonly stop: () => Promise<void>
}

/** Starts one of the built `dist/bench/*.js` on the core of the harness. */
export const startHelper = async <Request extends object, Reply>(
  name: string,
  argument = '',
): Promise<Helper<Request, Reply>> => {
  const [command, ...rest] = onCore('harness', [process.execPath, `dist/bench/${name}.js`, argument])
  const child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const greeting = await nextMessage(child, name)
  return {
    pid: child.pid ?? 0,
    greeting,
    request: async (request) => {
      child.send(request)
      return (await nextMessage(child, name)) as Reply
    },
    stop: async () => {
      child.disconnect()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

const nextMessage = async (child: ChildProcess, name: string): Promise<unknown> => {
  const ended = new AbortController()
  const exit = once(child, 'exit', { signal: ended.signal }).then(() => {
    throw new Error(`${name} ended`)
  })
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: ended.signal }), exit])) as unknown[]
    return message
  } finally {
    ended.abort()
    exit.catch(() => undefined)
  }
}
