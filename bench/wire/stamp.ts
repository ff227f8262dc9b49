/** Reads the clock that all processes of one machine share, in microseconds. */
export const sharedMicroseconds = (): number => {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + Math.round(nanoseconds / 1e3)
}

/** Creates the time stamp of an event. It is part of the text of the event, because every gateway forwards text. */
export const stamp = (microseconds: number): string => `@${microseconds}@`

const stampPattern = /@(\d+)@/g

/** Reads the time stamps in a piece of a stream, in microseconds. */
export const readStamps = (text: string): number[] => [...text.matchAll(stampPattern)].map(([, time]) => Number(time))
