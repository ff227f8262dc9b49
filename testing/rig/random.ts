/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
export type Random = () => number

/** A source of random numbers. */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One of several things, each as likely as its share. */
export const pick = <Item>(random: Random, shares: readonly (readonly [share: number, item: Item])[]): Item => {
  let left = random() * shares.reduce((sum, [share]) => sum + share, 0)
  for (const [share, item] of shares) {
    left -= share
    if (left <= 0) return item
  }
  throw new TypeError('there is nothing to pick from')
}

/** A whole number from `least` to `most`. */
export const between = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1))
