import { readFile } from 'node:fs/promises'
import { readGguf } from '../llama/gguf.ts'
import { createLlama, type Llama } from '../llama/llama.ts'
import { readLlamaWeights } from '../llama/llama-weights.ts'
import { createTokenizer, type Tokenizer } from './byte-pair-encoding.ts'

/** The embedded model, loaded: immutable but for scratch memory, shared by all requests of a process. */
export type TinyModel = Readonly<{
  tokenizer: Tokenizer
  llama: Llama
  /** The tokens that end an answer. */
  endTokens: ReadonlySet<number>
}>

const MODEL_FILE = new URL('../tiny.gguf', import.meta.url)

/** Loads the model file that lies next to this one (what it can do: the model card, README.md).
 *  @throws Error when the file is missing, truncated, or none that the reader knows. */
export const loadTinyModel = async (): Promise<TinyModel> => {
  const gguf = readGguf(await readFile(MODEL_FILE))
  const tokenizer = createTokenizer(gguf)
  return {
    tokenizer,
    llama: createLlama(readLlamaWeights(gguf)),
    endTokens: new Set([gguf.number('tokenizer.ggml.eos_token_id'), tokenizer.special('<|endoftext|>')]),
  }
}
