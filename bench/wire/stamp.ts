/** The clock that all processes of one machine share, in microseconds. */
export const sharedMicroseconds = (): number => {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + Math.round(nanoseconds / 1e3)
}

/** The time an event was sent, as it travels in the event's text: every gateway passes text on. */
export const stamp = (microseconds: number): string => `@${microseconds}@`

const stampPattern = /@(\d+)@/g

/** The times in a piece of a stream, in microseconds. */
export const readStamps = (text: string): number[] => [...text.matchAll(stampPattern)].map(([, time]) => Number(time))
