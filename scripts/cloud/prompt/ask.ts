import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Interruption } from './on-interrupt.ts'

/** Takes what the terminal would echo. */
const nowhere = (): Writable => new Writable({ write: (_piece, _encoding, done) => done() })

interface AskOptions {
  /** Whether the answer is not to be shown. */
  readonly isSecret?: boolean
  readonly input?: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output?: NodeJS.WritableStream
}

/** Asks one question on the terminal; empty where there is no terminal to answer on.
 *  @throws Interruption when it is answered with Ctrl-C or Ctrl-D */
export const ask = async (
  question: string,
  { isSecret = false, input = process.stdin, output = process.stdout }: AskOptions = {},
): Promise<string> => {
  if (!input.isTTY) return ''
  if (isSecret) output.write(question)
  const terminal = createInterface({ input, output: isSecret ? nowhere() : output, terminal: true })
  const interrupt = (): never => {
    throw new Interruption()
  }
  try {
    // Node 20 leaves the question open for ever where Ctrl-D closes the terminal; Ctrl-C rejects it.
    const closed = once(terminal, 'close').then(interrupt)
    const answer = terminal.question(isSecret ? '' : question).catch(interrupt)
    return (await Promise.race([answer, closed])).trim()
  } finally {
    terminal.close()
    if (isSecret) output.write('\n')
  }
}

/** Asks a question that only a `y` or `yes` affirms. */
export const confirm = async (question: string): Promise<boolean> => /^y(es)?$/i.test(await ask(`${question} [y/N] `))
