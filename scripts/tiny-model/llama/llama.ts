import type { LlamaBlock, LlamaShape, LlamaWeights } from './llama-weights.ts'
import { createRotaryEmbedding, type Rotate } from './rotary-embedding.ts'
import { add, mixRows, multiply, normalize, scale, softmax, swiGlu } from './vector.ts'

/** One text being read and continued. It keeps the keys and values of every token fed to it. */
export type LlamaSession = Readonly<{
  /** Reads one more token.
   *  @throws TypeError when the context is full. */
  feed(token: number): void
  /** The score of every token of the vocabulary as the next one, `[vocabulary]`. The next call overwrites it. */
  logits(): Float32Array
}>

/** A model ready to run: starts sessions, each with an empty context of its own. */
export type Llama = Readonly<{ shape: LlamaShape; start(): LlamaSession }>

/** The memory of one attention head: the keys and values of all tokens so far, each `[context, head]`. */
type HeadCache = Readonly<{ keys: Float32Array; values: Float32Array }>
/** One block in one session. */
type Layer = Readonly<{ block: LlamaBlock; heads: readonly HeadCache[] }>
/** Replaces the normed state of the token at `position` by the output of a layer. */
type Pass = (state: Float32Array, layer: Layer, position: number) => void

const getHeadLength = ({ embeddingLength, headCount }: LlamaShape): number => embeddingLength / headCount

const startLayer = (block: LlamaBlock, shape: LlamaShape): Layer => {
  const size = shape.contextLength * getHeadLength(shape)
  const startHead = () => ({ keys: new Float32Array(size), values: new Float32Array(size) })
  return { block, heads: Array.from({ length: shape.headCount }, startHead) }
}

/** Causal self-attention: each head mixes the values of the tokens so far by how well their keys match its query. */
const attention = (shape: LlamaShape, rotate: Rotate): Pass => {
  const headLength = getHeadLength(shape)
  const query = new Float32Array(shape.embeddingLength)
  const key = new Float32Array(shape.embeddingLength)
  const value = new Float32Array(shape.embeddingLength)
  const mixed = new Float32Array(shape.embeddingLength)
  const matches = new Float32Array(shape.contextLength)

  return (state, { block, heads }, position) => {
    multiply(block.query, state, query)
    multiply(block.key, state, key)
    multiply(block.value, state, value)
    rotate(query, position)
    rotate(key, position)
    scale(query, 1 / Math.sqrt(headLength))
    const weights = matches.subarray(0, position + 1)
    for (const [index, { keys, values }] of heads.entries()) {
      const start = index * headLength
      const end = start + headLength
      keys.set(key.subarray(start, end), position * headLength)
      values.set(value.subarray(start, end), position * headLength)
      multiply(keys, query.subarray(start, end), weights)
      softmax(weights)
      mixRows(values, weights, mixed.subarray(start, end))
    }
    multiply(block.attentionOutput, mixed, state)
  }
}

/** The gated feed-forward layer. */
const feedForward = ({ feedForwardLength }: LlamaShape): Pass => {
  const gate = new Float32Array(feedForwardLength)
  const up = new Float32Array(feedForwardLength)
  return (state, { block }) => {
    multiply(block.gate, state, gate)
    multiply(block.up, state, up)
    swiGlu(gate, up)
    multiply(block.down, gate, state)
  }
}

/** Returns the forward pass of a llama model (Touvron et al. 2023, "LLaMA"). Each token costs one pass over all
 *  weights: in every block attention, then a gated feed-forward layer; each reads the normed state and adds to it. */
export const createLlama = (weights: LlamaWeights): Llama => {
  const { shape } = weights
  const { contextLength, embeddingLength, normEpsilon: epsilon } = shape
  const rotate = createRotaryEmbedding({ headLength: getHeadLength(shape), base: shape.ropeBase, contextLength })
  const attend = attention(shape, rotate)
  const feedOn = feedForward(shape)
  const normed = new Float32Array(embeddingLength)

  const runLayer = (state: Float32Array, layer: Layer, position: number): void => {
    normalize(state, normed, { gain: layer.block.attentionNorm, epsilon })
    attend(normed, layer, position)
    add(state, normed)
    normalize(state, normed, { gain: layer.block.feedForwardNorm, epsilon })
    feedOn(normed, layer, position)
    add(state, normed)
  }

  const start = (): LlamaSession => {
    const layers = weights.blocks.map((block) => startLayer(block, shape))
    const state = new Float32Array(embeddingLength)
    const scores = new Float32Array(shape.vocabularySize)
    let position = 0
    return {
      feed: (token) => {
        if (position === contextLength) throw new TypeError(`The context of ${contextLength} tokens is full.`)
        state.set(weights.tokenEmbedding.subarray(token * embeddingLength, (token + 1) * embeddingLength))
        for (const layer of layers) runLayer(state, layer, position)
        position++
      },
      logits: () => {
        normalize(state, normed, { gain: weights.outputNorm, epsilon })
        multiply(weights.output, normed, scores)
        return scores
      },
    }
  }
  return { shape, start }
}
