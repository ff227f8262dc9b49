import { isObject, type JsonObject } from '../../runtime/json.ts'

/** OpenAI's reasons for the end of a choice (openai-node 6, `ChatCompletion.Choice`). */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call'

const finishReasons: ReadonlySet<unknown> = new Set<FinishReason>([
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  'function_call',
])

/** Words for "not yet" in a chunk. DashScope's own API sends the word `null`. */
const unfinishedWords =
  /^(|null|none|(finish_reason_)?unspecified|in_?progress|processing|running|generating|streaming|pending|continue|(un|not_?)finished|未(结束|完成)|(进行|生成|处理)中)$/i

/** The providers' own words, each with its meaning. The first row that matches counts. Sources: DeepSeek, "Create chat
 *  completion" (`insufficient_system_resource`); Zhipu, "对话补全" (`sensitive`, `network_error`,
 *  `model_context_window_exceeded`); Gemini, `FinishReason`; Anthropic, "Handling stop reasons"; Cohere, "Chat"
 *  (`ERROR_TOXIC`, `ERROR_LIMIT`); Bedrock, "Converse" (`guardrail_intervened`); vLLM (`abort`); TGI (`eos_token`); SGLang's own API (an object with a `type`). */
const meanings: readonly (readonly [RegExp, FinishReason | 'failure'])[] = [
  [/rate_?limit|quota|overload|time_?d?_?out/i, 'failure'],
  [
    /toxic|safe|sensitive|filter|block|prohibit|recitation|refus|moderat|guardrail|policy|spii|language|敏感|违规|违法|审核|拦截|屏蔽|风险|安全|拒绝/i,
    'content_filter',
  ],
  [
    /error_limit|max_?(output_?)?tokens|length|context|truncat|exceed|incomplete|长度|上限|截断|过长|超(出|过|长)/i,
    'length',
  ],
  [
    /error|fail|abort|cancel|interrupt|insufficient|network|malformed|unexpected|exception|busy|unavailable|错误|失败|异常|中断|取消|超时|繁忙|过载|限流|不足/i,
    'failure',
  ],
  [/limit|max/i, 'length'],
  [/function_?call$|函数/i, 'function_call'],
  [/tool|工具/i, 'tool_calls'],
]

/** The names of the reason, the best first: OpenAI; Gemini and the AI SDK; Anthropic. vLLM has the text that stopped the
 *  model in `stop_reason`, beside `finish_reason`. */
const reasonFields = ['finish_reason', 'finishReason', 'stop_reason', 'stopReason'] as const

/** Finds a provider's word for the end of a choice: in the choice, in its message, or beside the choices. Returns undefined
 *  if it has none. */
export const findReason = (choice: JsonObject, response: JsonObject): unknown => {
  const { finish_reason: own, delta, message } = choice
  if (readFinishReason(own)) return own
  return findIn(choice) ?? findIn(delta) ?? findIn(message) ?? findIn(response) ?? own
}

const findIn = (place: unknown): unknown => {
  if (!isObject(place)) return undefined
  for (const field of reasonFields) {
    const word = place[field]
    if (word !== undefined && readFinishReason(word)) return word
  }
  return undefined
}

/** Reads a provider's reason for the end of a choice. Returns null if the choice has not ended, and `failure` for a word
 *  that means that the model failed. An unknown word is an ordinary end. */
export const readFinishReason = (given: unknown): FinishReason | 'failure' | null => {
  if (given === null || given === undefined) return null
  if (finishReasons.has(given)) return given as FinishReason
  if (Array.isArray(given)) return readFinishReason(given[0])
  if (isObject(given)) return readFinishReason(given['type'] ?? 'stop')
  if (typeof given !== 'string') return given ? 'stop' : null
  if (unfinishedWords.test(given)) return null
  return meanings.find(([pattern]) => pattern.test(given))?.[1] ?? 'stop'
}
