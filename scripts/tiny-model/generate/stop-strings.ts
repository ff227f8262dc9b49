/** The text that can be sent now, and whether a stop string ended it. */
type StopResult = Readonly<{ text: string; stopped: boolean }>

/** Watches a growing text for stop strings. */
export type StopWatcher = Readonly<{
  /** Adds text. Returns the text that can no longer become part of a stop string; after a stop string, the text
   *  before it. */
  push(text: string): StopResult
  /** Returns the text that is still held back. Called when no more text follows. */
  flush(): string
}>

/** Counts the characters at the end of `text` that could begin `stop`. */
const countOverlap = (text: string, stop: string): number => {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length
  }
  return 0
}

/** Creates a watcher for `stops`, which must not be empty strings. It never returns a stop string itself. */
export const createStopWatcher = (stops: readonly string[]): StopWatcher => {
  let held = ''
  const release = (length: number): string => {
    const text = held.slice(0, length)
    held = held.slice(length)
    return text
  }
  return {
    push: (text) => {
      held += text
      const found = stops.map((stop) => held.indexOf(stop)).filter((index) => index >= 0)
      if (found.length > 0) return { text: release(Math.min(...found)), stopped: true }
      const heldBack = Math.max(0, ...stops.map((stop) => countOverlap(held, stop)))
      return { text: release(held.length - heldBack), stopped: false }
    },
    flush: () => release(held.length),
  }
}
