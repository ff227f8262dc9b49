import { getKnownProvider, type PresetName } from '../../protocol/provider-presets.ts'
import type { Target } from '../../protocol/route.ts'
import { memoizeWeak } from '../../runtime/memoize.ts'
import { getAzureUrl, joinUrl } from './urls.ts'

/** The differences between a provider and OpenAI that its responses do not show. Other differences are recognised in the
 *  response, for every provider, because most model maps call each of them `openai`: the place of usage, the shape and the words
 *  of an error, missing fields of a chunk. */
export interface Dialect {
  /** Header that carries the key. */
  readonly keyHeader: 'authorization' | 'api-key'
  /** Whether a stream may ask for usage with `stream_options`. `rejected`: usage is always sent, and asking is an
   *  error. */
  readonly streamOptions: 'accepted' | 'rejected'
  /** Whether the assistant's earlier turns must or must not have `reasoning_content`. Undefined: they go unchanged. */
  readonly earlierThoughts?: 'demanded' | 'refused'
  /** Whether a request may hold several system messages. */
  readonly systemMessages: 'several' | 'one'
  /** URL of an operation; `path` begins with a slash. */
  readonly url: (target: Target, path: string) => URL
}

const openAI: Dialect = {
  keyHeader: 'authorization',
  streamOptions: 'accepted',
  systemMessages: 'several',
  url: ({ apiBase }, path) => joinUrl(apiBase, path),
}

/** A second system message is an invalid request (2013). */
const minimax: Dialect = { ...openAI, systemMessages: 'one' }

/** Kimi API docs, "Thinking models": a turn with tool calls and without thoughts is a 400. */
const moonshot: Dialect = { ...openAI, earlierThoughts: 'demanded' }

/** DeepSeek API docs, "Thinking Mode", and Xiaomi's notice of 2026-05-12 have the same rule. */
const demandsThoughts: Dialect = { ...openAI, earlierThoughts: 'demanded' }

/** Their 400 or 422 calls `reasoning_content` unsupported, or extra input. */
const refusesThoughts: Dialect = { ...openAI, earlierThoughts: 'refused' }

const mistral: Dialect = { ...refusesThoughts, streamOptions: 'rejected' }

const dialects: Partial<Readonly<Record<PresetName, Dialect>>> = {
  azure: { ...openAI, keyHeader: 'api-key', url: getAzureUrl },
  minimax,
  minimaxi: minimax,
  moonshot,
  kimi: moonshot,
  deepseek: demandsThoughts,
  xiaomi_mimo: demandsThoughts,
  groq: refusesThoughts,
  cerebras: refusesThoughts,
  mistral,
  codestral: mistral,
}

/** The dialect of a target's provider. */
export const getDialect = memoizeWeak((target: Target): Dialect => {
  const known = getKnownProvider(target)
  return (known && dialects[known]) || openAI
})
