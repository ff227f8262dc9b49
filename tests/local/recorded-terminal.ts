import { EventEmitter, once } from 'node:events'

/** A terminal that keeps what it is given; `line` settles with the first line, past or future, that matches. */
export const recordedTerminal = () => {
  const written = new EventEmitter()
  const lines: string[] = []
  const write = (line: string) => {
    lines.push(line)
    written.emit('line')
  }
  const line = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = lines.find((each) => pattern.test(each))
      if (found !== undefined) return found
      await once(written, 'line')
    }
  }
  return { lines, line, out: write, error: (text: string) => write(`error: ${text}`) }
}
