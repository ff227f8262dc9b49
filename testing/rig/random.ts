/** Returns pseudo-random numbers from 0 to 1. The same seed gives the same numbers (mulberry32). */
export type Random = () => number

/** Creates a source of random numbers. */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Picks one of several items. The probability of an item is proportional to its share. */
export const pick = <Item>(random: Random, shares: readonly (readonly [share: number, item: Item])[]): Item => {
  let rest = random() * shares.reduce((sum, [share]) => sum + share, 0)
  for (const [share, item] of shares) {
    rest -= share
    if (rest <= 0) return item
  }
  throw new TypeError('The list of shares is empty.')
}

/** Draws an integer from `min` to `max`, both included. */
export const between = (random: Random, min: number, max: number): number =>
  min + Math.floor(random() * (max - min + 1))
