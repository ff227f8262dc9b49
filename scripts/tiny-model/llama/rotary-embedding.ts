/** Turns each adjacent pair of a vector's elements, head by head, by an angle that grows with the position. */
export type Rotate = (vector: Float32Array, position: number) => void

/** The sizes of a rotary position embedding; `headLength` elements share one set of angles. */
export type RotaryShape = Readonly<{ headLength: number; base: number; contextLength: number }>

/** Returns a rotation by `position · base^(-2i / headLength)` for pair `i` of each head (Su et al. 2021; adjacent
 *  pairs, as GGUF files of the llama architecture have them). */
export const createRotaryEmbedding = ({ headLength, base, contextLength }: RotaryShape): Rotate => {
  const pairs = headLength / 2
  const angles = Float64Array.from(
    { length: contextLength * pairs },
    (_, index) => Math.floor(index / pairs) * base ** ((-2 * (index % pairs)) / headLength),
  )
  const cosines = angles.map(Math.cos)
  const sines = angles.map(Math.sin)
  return (vector, position) => {
    for (let index = 0; index < vector.length; index += 2) {
      const angle = position * pairs + ((index / 2) % pairs)
      const cosine = cosines[angle] ?? 1
      const sine = sines[angle] ?? 0
      const first = vector[index] ?? 0
      const second = vector[index + 1] ?? 0
      vector[index] = first * cosine - second * sine
      vector[index + 1] = first * sine + second * cosine
    }
  }
}
