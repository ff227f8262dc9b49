import { readFile } from 'node:fs/promises'
import { readGguf } from '../llama/gguf.ts'
import { createLlama, type Llama } from '../llama/llama.ts'
import { readLlamaWeights } from '../llama/llama-weights.ts'
import { createTokenizer, type Tokenizer } from './byte-pair-encoding.ts'

/** The loaded embedded model. It is immutable except for scratch memory, and all requests of a process share it. */
export type TinyModel = Readonly<{
  tokenizer: Tokenizer
  llama: Llama
  /** The tokens that end a reply. */
  endTokens: ReadonlySet<number>
}>

const MODEL_FILE = new URL('../tiny.gguf', import.meta.url)

/** Loads the model file of this folder's parent (the model card README.md describes its abilities).
 *  @throws Error if the file is missing, truncated, or of an unknown format */
export const loadTinyModel = async (): Promise<TinyModel> => {
  const gguf = readGguf(await readFile(MODEL_FILE))
  const tokenizer = createTokenizer(gguf)
  return {
    tokenizer,
    llama: createLlama(readLlamaWeights(gguf)),
    endTokens: new Set([gguf.number('tokenizer.ggml.eos_token_id'), tokenizer.special('<|endoftext|>')]),
  }
}
