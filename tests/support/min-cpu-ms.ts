const tries = 5

/** The processor time that some work takes, in milliseconds, thrown errors included: of several tries the least, because on a
 *  busy machine a try may take longer than the work does, and what is slow is slow each time. Tries end at the first that
 *  takes less than `enough`. */
export const leastCpuMs = (work: () => unknown, enough: number): number => {
  let least = Number.POSITIVE_INFINITY
  for (let count = 0; count < tries && least >= enough; count++) least = Math.min(least, cpuMs(work))
  return least
}

const cpuMs = (work: () => unknown): number => {
  const startedAt = process.cpuUsage()
  try {
    work()
  } catch {}
  const { user, system } = process.cpuUsage(startedAt)
  return (user + system) / 1_000
}
