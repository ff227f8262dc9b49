import { softmax } from '../llama/vector.ts'
import { createSeededRandom } from './seeded-random.ts'

/** Chooses the next token from the scores of all tokens. */
export type ChooseToken = (logits: Float32Array) => number

/** The options of a sampler. `temperature` 0 always takes the best token. `topP` keeps the most likely tokens that
 *  together reach this probability (Holtzman et al. 2020). The same `seed` makes the same choices. */
export type SamplerOptions = Readonly<{ temperature: number; topP: number; seed: number }>

type Candidate = Readonly<{ token: number; probability: number }>

const chooseBest: ChooseToken = (logits) =>
  logits.reduce((best, score, token) => (score > (logits[best] ?? Number.NEGATIVE_INFINITY) ? token : best), 0)

const keepLikeliest = (probabilities: Float32Array, topP: number): Candidate[] => {
  const ranked = Array.from(probabilities, (probability, token) => ({ token, probability }))
  ranked.sort((left, right) => right.probability - left.probability)
  let sum = 0
  const last = ranked.findIndex(({ probability }) => {
    sum += probability
    return sum >= topP
  })
  return last === -1 ? ranked : ranked.slice(0, last + 1)
}

const draw = (candidates: readonly Candidate[], random: number): number => {
  const total = candidates.reduce((sum, { probability }) => sum + probability, 0)
  let rest = random * total
  const drawn = candidates.find(({ probability }) => {
    rest -= probability
    return rest < 0
  })
  return (drawn ?? candidates[0])?.token ?? 0
}

/** Creates a sampler. It owns the state of its random numbers, so each choice needs its own sampler. */
export const createSampler = ({ temperature, topP, seed }: SamplerOptions): ChooseToken => {
  if (temperature === 0) return chooseBest
  const random = createSeededRandom(seed)
  return (logits) => {
    const probabilities = logits.map((score) => score / temperature)
    softmax(probabilities)
    return draw(keepLikeliest(probabilities, topP), random())
  }
}

/** Creates a chooser that chooses the given tokens one after another, whatever the model scores; the last one again and again. */
export const createScript = (tokens: readonly number[]): ChooseToken => {
  let at = 0
  return () => tokens[Math.min(at++, tokens.length - 1)] ?? 0
}
