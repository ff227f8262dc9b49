/** `output[row] = Σ matrix[row][column] · input[column]`, for a matrix stored row after row. */
export const multiply = (matrix: Float32Array, input: Float32Array, output: Float32Array): void => {
  const columns = input.length
  for (let row = 0; row < output.length; row++) {
    const start = row * columns
    let sum = 0
    for (let column = 0; column < columns; column++) sum += (matrix[start + column] ?? 0) * (input[column] ?? 0)
    output[row] = sum
  }
}

/** `output[column] = Σ weights[row] · matrix[row][column]`, for a matrix stored row after row. */
export const mixRows = (matrix: Float32Array, weights: Float32Array, output: Float32Array): void => {
  const columns = output.length
  output.fill(0)
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row] ?? 0
    const start = row * columns
    for (let column = 0; column < columns; column++) {
      output[column] = (output[column] ?? 0) + weight * (matrix[start + column] ?? 0)
    }
  }
}

/** Adds `term` to `sum`, element by element. */
export const add = (sum: Float32Array, term: Float32Array): void => {
  for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] ?? 0) + (term[index] ?? 0)
}

/** Multiplies every element by `factor`. */
export const scale = (vector: Float32Array, factor: number): void => {
  for (let index = 0; index < vector.length; index++) vector[index] = (vector[index] ?? 0) * factor
}

/** Root mean square norm: `output = input / √(mean(input²) + epsilon) · gain` (Zhang and Sennrich 2019). */
export const normalize = (
  input: Float32Array,
  output: Float32Array,
  { gain, epsilon }: { gain: Float32Array; epsilon: number },
): void => {
  const meanSquare = input.reduce((sum, element) => sum + element * element, 0) / input.length
  const factor = 1 / Math.sqrt(meanSquare + epsilon)
  for (let index = 0; index < input.length; index++) output[index] = (input[index] ?? 0) * factor * (gain[index] ?? 0)
}

/** Replaces scores by the probabilities they stand for. */
export const softmax = (scores: Float32Array): void => {
  const highest = scores.reduce((left, right) => Math.max(left, right), Number.NEGATIVE_INFINITY)
  let sum = 0
  for (let index = 0; index < scores.length; index++) {
    const power = Math.exp((scores[index] ?? 0) - highest)
    scores[index] = power
    sum += power
  }
  scale(scores, 1 / sum)
}

/** SwiGLU: `gate = gate · sigmoid(gate) · value`, element by element (Shazeer 2020). */
export const swiGlu = (gate: Float32Array, value: Float32Array): void => {
  for (let index = 0; index < gate.length; index++) {
    const input = gate[index] ?? 0
    gate[index] = (input / (1 + Math.exp(-input))) * (value[index] ?? 0)
  }
}
