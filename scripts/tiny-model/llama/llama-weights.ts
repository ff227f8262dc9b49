import type { Gguf } from './gguf.ts'

/** The sizes of a llama model. Lengths count elements or tokens. */
export type LlamaShape = Readonly<{
  contextLength: number
  embeddingLength: number
  blockCount: number
  headCount: number
  feedForwardLength: number
  vocabularySize: number
  normEpsilon: number
  ropeBase: number
}>

/** The weights of one block. A matrix is stored row after row, `[output, input]`. */
export type LlamaBlock = Readonly<{
  attentionNorm: Float32Array
  query: Float32Array
  key: Float32Array
  value: Float32Array
  attentionOutput: Float32Array
  feedForwardNorm: Float32Array
  gate: Float32Array
  up: Float32Array
  down: Float32Array
}>

/** A llama model in memory: immutable, shared by all conversations. */
export type LlamaWeights = Readonly<{
  shape: LlamaShape
  /** `[vocabulary, embedding]` */
  tokenEmbedding: Float32Array
  blocks: readonly LlamaBlock[]
  outputNorm: Float32Array
  /** `[vocabulary, embedding]` */
  output: Float32Array
}>

const readShape = (gguf: Gguf): LlamaShape => {
  const headCount = gguf.number('llama.attention.head_count')
  if (gguf.number('llama.attention.head_count_kv') !== headCount) {
    throw new Error('The model has grouped attention heads, which this forward pass does not support.')
  }
  return {
    contextLength: gguf.number('llama.context_length'),
    embeddingLength: gguf.number('llama.embedding_length'),
    blockCount: gguf.number('llama.block_count'),
    headCount,
    feedForwardLength: gguf.number('llama.feed_forward_length'),
    vocabularySize: gguf.number('llama.vocab_size'),
    normEpsilon: gguf.number('llama.attention.layer_norm_rms_epsilon'),
    ropeBase: gguf.number('llama.rope.freq_base'),
  }
}

const readBlock = (gguf: Gguf, index: number, shape: LlamaShape): LlamaBlock => {
  const { embeddingLength: embedding, feedForwardLength: feedForward } = shape
  const read = (name: string, ...size: number[]) => gguf.tensor(`blk.${index}.${name}.weight`, size)
  return {
    attentionNorm: read('attn_norm', embedding),
    query: read('attn_q', embedding, embedding),
    key: read('attn_k', embedding, embedding),
    value: read('attn_v', embedding, embedding),
    attentionOutput: read('attn_output', embedding, embedding),
    feedForwardNorm: read('ffn_norm', embedding),
    gate: read('ffn_gate', feedForward, embedding),
    up: read('ffn_up', feedForward, embedding),
    down: read('ffn_down', embedding, feedForward),
  }
}

/** Reads a model of the llama architecture with its own output matrix and without grouped heads (ggml,
 *  `docs/gguf.md`, "Standardized tensor names").
 *  @throws Error if the file holds another architecture, or a size or tensor is missing or does not fit */
export const readLlamaWeights = (gguf: Gguf): LlamaWeights => {
  const architecture = gguf.string('general.architecture')
  if (architecture !== 'llama') throw new Error(`The model is of the architecture '${architecture}', not 'llama'.`)
  const shape = readShape(gguf)
  const { embeddingLength: embedding, vocabularySize: vocabulary } = shape
  return {
    shape,
    tokenEmbedding: gguf.tensor('token_embd.weight', [vocabulary, embedding]),
    blocks: Array.from({ length: shape.blockCount }, (_, index) => readBlock(gguf, index, shape)),
    outputNorm: gguf.tensor('output_norm.weight', [embedding]),
    output: gguf.tensor('output.weight', [vocabulary, embedding]),
  }
}
