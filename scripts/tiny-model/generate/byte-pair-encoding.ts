import type { Gguf } from '../llama/gguf.ts'

/** Converts text to token ids and back. Ids are indices of the vocabulary in the model file. */
export type Tokenizer = Readonly<{
  /** Encodes plain text. The name of a special token is encoded as text, so no text can forge one. */
  encode(text: string): number[]
  /** Encodes a raw prompt. The name of a special token stands for that token. */
  encodeRaw(text: string): number[]
  /** Returns the UTF-8 bytes of one token. They may end inside a character. A special token has none. */
  bytes(token: number): Uint8Array
  /** Returns the id of a special token such as `<|im_end|>`.
   *  @throws Error if the vocabulary has no such special token */
  special(name: string): number
  /** The length of the longest token as it is written, in bytes. */
  maxTokenBytes: number
}>

type Ids = ReadonlyMap<string, number>
type Merge = Readonly<{ rank: number; left: number; right: number; merged: number }>
/** Merges by their left token, then by their right one. */
type Merges = ReadonlyMap<number, ReadonlyMap<number, Merge>>

/** The same as `PRE_TOKEN` of the trainer: words, runs of digits and other runs, each with the space before it; then
 *  white space. */
const PRE_TOKEN = / ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+/g
/** `tokenizer.ggml.token_type` of a special token (ggml, `docs/gguf.md`). */
const CONTROL_TYPE = 3

const isPrintable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)

/** Returns the character for each byte in a vocabulary: the byte's own if it is printable, or else the next from
 *  U+0100 on (OpenAI, gpt-2, `encoder.py`, `bytes_to_unicode`). */
const createByteCharacters = (): string[] => {
  let next = 0x100
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++))
}

const findToken = (ids: Ids, token: string): number => {
  const id = ids.get(token)
  if (id === undefined) throw new Error(`The vocabulary has no token '${token}'.`)
  return id
}

const readMerges = (lines: readonly string[], ids: Ids): Merges => {
  const merges = new Map<number, Map<number, Merge>>()
  for (const [rank, line] of lines.entries()) {
    const [left = '', right = ''] = line.split(' ')
    const merge = {
      rank,
      left: findToken(ids, left),
      right: findToken(ids, right),
      merged: findToken(ids, left + right),
    }
    const rightTokens = merges.get(merge.left) ?? new Map<number, Merge>()
    merges.set(merge.left, rightTokens.set(merge.right, merge))
  }
  return merges
}

const findBestMerge = (tokens: readonly number[], merges: Merges): Merge | undefined => {
  let best: Merge | undefined
  let left: number | undefined
  for (const right of tokens) {
    const merge = left === undefined ? undefined : merges.get(left)?.get(right)
    if (merge && (best === undefined || merge.rank < best.rank)) best = merge
    left = right
  }
  return best
}

const applyMerge = (tokens: readonly number[], { left, right, merged }: Merge): number[] => {
  const result: number[] = []
  for (const token of tokens) {
    if (token === right && result.at(-1) === left) result[result.length - 1] = merged
    else result.push(token)
  }
  return result
}

const mergeAll = (bytes: number[], merges: Merges): number[] => {
  const merge = findBestMerge(bytes, merges)
  return merge ? mergeAll(applyMerge(bytes, merge), merges) : bytes
}

const quote = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** Creates the byte-level BPE tokenizer of a model file: `tokenizer.ggml.tokens`, `.token_type` and `.merges`.
 *  @throws Error if the file lacks one of them, or a merge names a token outside the vocabulary */
export const createTokenizer = (gguf: Gguf): Tokenizer => {
  const tokens = gguf.strings('tokenizer.ggml.tokens')
  const types = gguf.numbers('tokenizer.ggml.token_type')
  const entries = tokens.map((token, id): [string, number] => [token, id])
  const ids: Ids = new Map(entries.filter(([, id]) => types[id] !== CONTROL_TYPE))
  const specials: Ids = new Map(entries.filter(([, id]) => types[id] === CONTROL_TYPE))
  const characters = createByteCharacters()
  const merges = readMerges(gguf.strings('tokenizer.ggml.merges'), ids)
  const byteTokens = characters.map((character) => findToken(ids, character))
  const byteByCharacter = new Map(characters.map((character, byte) => [character, byte]))
  const tokenBytes = tokens.map((token, id) =>
    Uint8Array.from(types[id] === CONTROL_TYPE ? [] : token, (character) => byteByCharacter.get(character) ?? 0),
  )
  const specialNames = new RegExp(`(${[...specials.keys()].map(quote).join('|')})`)
  const encode = (text: string): number[] =>
    [...text.matchAll(PRE_TOKEN)].flatMap(([word]) =>
      mergeAll(
        Array.from(new TextEncoder().encode(word), (byte) => byteTokens[byte] ?? 0),
        merges,
      ),
    )
  return {
    encode,
    encodeRaw: (text) =>
      text.split(specialNames).flatMap((part) => (specials.has(part) ? [findToken(specials, part)] : encode(part))),
    bytes: (token) => tokenBytes[token] ?? new Uint8Array(),
    special: (name) => findToken(specials, name),
    maxTokenBytes: tokens.reduce((longest, token) => Math.max(longest, token.length), 0),
  }
}
