import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onCore } from './cores.ts'

/** A process of the benchmark's own that answers messages one at a time. */
export interface Helper<Question, Answer> {
  readonly pid: number
  /** What it said when it was ready. */
  readonly greeting: unknown
  readonly request: (question: Question) => Promise<Answer>
  readonly stop: () => Promise<void>
}

/** Starts one of the built `dist/bench/*.js` on the harness's core. */
export const startHelper = async <Question extends object, Answer>(
  name: string,
  argument = '',
): Promise<Helper<Question, Answer>> => {
  const [command, ...rest] = onCore('harness', [process.execPath, `dist/bench/${name}.js`, argument])
  const child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const greeting = await nextMessage(child, name)
  return {
    pid: child.pid ?? 0,
    greeting,
    request: async (question) => {
      child.send(question)
      return (await nextMessage(child, name)) as Answer
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
    const [answer] = (await Promise.race([once(child, 'message', { signal: ended.signal }), exit])) as unknown[]
    return answer
  } finally {
    ended.abort()
    exit.catch(() => undefined)
  }
}
