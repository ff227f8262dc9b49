import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Interruption } from './on-interrupt.ts'

/** Creates a stream that drops the echo of the terminal. */
const createSink = (): Writable => new Writable({ write: (_piece, _encoding, done) => done() })

interface AskOptions {
  /** Whether to hide the input. */
  readonly isSecret?: boolean
  readonly input?: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output?: NodeJS.WritableStream
}

/** Asks one question on the terminal. Returns an empty text if there is no terminal.
 *  @throws Interruption on Ctrl-C or Ctrl-D */
export const ask = async (
  question: string,
  { isSecret = false, input = process.stdin, output = process.stdout }: AskOptions = {},
): Promise<string> => {
  if (!input.isTTY) return ''
  if (isSecret) output.write(question)
  const terminal = createInterface({ input, output: isSecret ? createSink() : output, terminal: true })
  const interrupt = (): never => {
    throw new Interruption()
  }
  try {
    // On Ctrl-D, Node 20 closes the terminal but never settles the question; Ctrl-C rejects it.
    const closed = once(terminal, 'close').then(interrupt)
    const reply = terminal.question(isSecret ? '' : question).catch(interrupt)
    return (await Promise.race([reply, closed])).trim()
  } finally {
    terminal.close()
    if (isSecret) output.write('\n')
  }
}

/** Asks a yes-or-no question. Only `y`, `yes` or `是` confirms. */
export const confirm = async (question: string): Promise<boolean> =>
  /^(y|yes|是)$/i.test(await ask(`${question} [y/N] `))
