const signals = ['SIGINT', 'SIGTERM'] as const
/** The exit code that a shell expects after a signal: 128 and the number of the signal. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

/** Thrown if a question gets Ctrl-C or Ctrl-D. A terminal that waits for input sends no signal. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  readonly exitCode = exitCodes.SIGINT

  constructor() {
    super('Interrupted: nothing has been changed.')
  }
}

/** Calls `report` before SIGINT or SIGTERM (Ctrl-C, or a CI that stops the job) ends the program. Calls it once,
 *  although npm may pass the signal on a second time. Returns a function that removes the handler. */
export const onInterrupt = (report: () => void): (() => void) => {
  let ending = false
  const end = (signal: (typeof signals)[number]): void => {
    if (ending) return
    ending = true
    report()
    process.exit(exitCodes[signal])
  }
  for (const signal of signals) process.on(signal, end)
  return () => {
    for (const signal of signals) process.off(signal, end)
  }
}
