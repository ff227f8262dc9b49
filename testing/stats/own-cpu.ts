/** Starts a clock of the processor time of this process, all threads together. The function that it returns tells how much has been
 *  used since, in milliseconds. */
export const startCpuClock = (): (() => number) => {
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  }
}
