/** Creates a generator of numbers in [0, 1). The same seed gives the same numbers; only its low 32 bits count. A
 *  Weyl sequence through the finalizer of MurmurHash3 (Appleby 2011). */
export const createSeededRandom = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    const first = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
    return ((second ^ (second >>> 16)) >>> 0) / 2 ** 32
  }
}
