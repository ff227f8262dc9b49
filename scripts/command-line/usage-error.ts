/** The exit code of a tool whose arguments are wrong. A failure is 1. */
export const usageExitCode = 2

/** Wrong arguments of a tool: what is wrong, and how the tool is used. */
export class UsageError extends Error {
  override readonly name = 'UsageError'

  constructor(problem: string, usage: string) {
    super(`${problem}\n\n${usage}`.trim())
  }
}
