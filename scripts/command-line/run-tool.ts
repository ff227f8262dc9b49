import { UsageError, usageExitCode } from './usage-error.ts'

/** Runs a tool. Its result is the exit code. Wrong arguments are printed with the usage. */
export const runTool = async (run: (args: readonly string[]) => number | Promise<number>): Promise<void> => {
  try {
    process.exitCode = await run(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(error.message)
    process.exitCode = usageExitCode
  }
}
