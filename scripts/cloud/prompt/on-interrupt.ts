const signals = ['SIGINT', 'SIGTERM'] as const
/** What a shell expects of a program that a signal has ended: 128 and the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

/** What a question that is answered with Ctrl-C or Ctrl-D ends with: a terminal that is asked sends no signal. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  readonly exitCode = exitCodes.SIGINT

  constructor() {
    super('Interrupted: nothing has been changed.')
  }
}

/** Says something before an interruption (Ctrl-C, or a CI that gives up) ends the program; once, though npm may pass the terminal's
 *  signal on a second time. Returns what takes that back. */
export const onInterrupt = (say: () => void): (() => void) => {
  let ending = false
  const end = (signal: (typeof signals)[number]): void => {
    if (ending) return
    ending = true
    say()
    process.exit(exitCodes[signal])
  }
  for (const signal of signals) process.on(signal, end)
  return () => {
    for (const signal of signals) process.off(signal, end)
  }
}
