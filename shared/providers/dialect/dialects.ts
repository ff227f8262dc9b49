import { findPresetByHost, findPresetName, type PresetName } from '../../protocol/provider-presets.ts'
import type { Target } from '../../protocol/route.ts'
import { memoizeWeak } from '../../runtime/memoize.ts'
import { getAzureUrl, joinUrl } from './urls.ts'

/** The differences between a provider and OpenAI that its responses do not show. Other differences (the place of usage,
 *  the shape of an error, missing fields of a chunk) are recognised in the response, for every provider: most model
 *  maps call each of them `openai`. */
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
  /** The HTTP status that an error code stands for, if the provider sends the code under another status. */
  readonly statusOfCode: Readonly<Record<string, number>>
  /** URL of an operation; `path` begins with a slash. */
  readonly url: (target: Target, path: string) => URL
}

const openAI: Dialect = {
  keyHeader: 'authorization',
  streamOptions: 'accepted',
  systemMessages: 'several',
  statusOfCode: { insufficient_quota: 402, billing_hard_limit_reached: 402 },
  url: ({ apiBase }, path) => joinUrl(apiBase, path),
}

const mapCodes = (status: number, ...names: number[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [String(name), status]))

const withCodes = (statusOfCode: Readonly<Record<string, number>>): Dialect => ({ ...openAI, statusOfCode })

/** docs.bigmodel.cn, "Error codes": all of them arrive under a few HTTP statuses, an unpaid account under 429. */
const zhipu = withCodes({
  ...mapCodes(401, 1000, 1001, 1002, 1003, 1004),
  ...mapCodes(402, 1110, 1112, 1113),
  ...mapCodes(400, 1210, 1212, 1213, 1214, 1215, 1261, 1301),
  ...mapCodes(404, 1211),
  ...mapCodes(429, 1302, 1303, 1304, 1305, 1308),
})

/** MiniMax API reference, "Error codes": all of them arrive under HTTP 200. A second system message is 2013. */
const minimaxCodes = withCodes({
  ...mapCodes(401, 1004, 2049),
  ...mapCodes(402, 1008),
  ...mapCodes(400, 1026, 1027, 1042, 2013),
  ...mapCodes(429, 1002, 1039),
  ...mapCodes(504, 1001),
})
const minimax: Dialect = { ...minimaxCodes, systemMessages: 'one' }

/** Kimi API docs, "Thinking models": a turn with tool calls and without thoughts is a 400. */
const moonshot: Dialect = { ...withCodes({ exceeded_current_quota_error: 402 }), earlierThoughts: 'demanded' }
const dashscope = withCodes({ Arrearage: 402 })

/** DeepSeek API docs, "Thinking Mode", and Xiaomi's notice of 2026-05-12 have the same rule. */
const demandsThoughts: Dialect = { ...openAI, earlierThoughts: 'demanded' }

/** Their 400 or 422 says that `reasoning_content` is unsupported, or extra input. */
const refusesThoughts: Dialect = { ...openAI, earlierThoughts: 'refused' }

const mistral: Dialect = { ...refusesThoughts, streamOptions: 'rejected' }

const dialects: Partial<Readonly<Record<PresetName, Dialect>>> = {
  azure: { ...openAI, keyHeader: 'api-key', url: getAzureUrl },
  zhipu,
  zai: zhipu,
  minimax,
  minimaxi: minimax,
  moonshot,
  kimi: moonshot,
  dashscope,
  qwen: dashscope,
  volcengine: withCodes({ AccountOverdueError: 402 }),
  siliconflow: withCodes(mapCodes(402, 30001)),
  deepseek: demandsThoughts,
  xiaomi_mimo: demandsThoughts,
  groq: refusesThoughts,
  cerebras: refusesThoughts,
  mistral,
  codestral: mistral,
}

/** The provider of a target, if it has a preset: by its name; by its host if the name is `openai` or unknown. */
export const getKnownProvider = ({ provider, apiBase }: Target): PresetName | undefined => {
  const name = findPresetName(provider)
  return name === undefined || name === 'openai' ? findPresetByHost(new URL(apiBase).host) : name
}

/** The dialect of a target's provider. */
export const getDialect = memoizeWeak((target: Target): Dialect => {
  const known = getKnownProvider(target)
  return (known && dialects[known]) || openAI
})
