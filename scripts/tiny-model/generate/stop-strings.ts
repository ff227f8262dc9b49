/** Text that may go out now, and whether a stop string ended it. */
type StopResult = Readonly<{ text: string; stopped: boolean }>

/** Watches a growing text for stop strings. */
export type StopWatcher = Readonly<{
  /** Takes more text. Returns what can no longer become part of a stop string; once stopped, what came before it. */
  push(text: string): StopResult
  /** Returns the text held back, when no more will come. */
  flush(): string
}>

/** How many characters at the end of `text` could be the beginning of `stop`. */
const countOverlap = (text: string, stop: string): number => {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length
  }
  return 0
}

/** Returns a watcher for `stops`, none of them empty. The stop string itself is never part of the text it lets out. */
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
