import type { PresetName } from '../../protocol/provider-presets.ts'

/** How hard a model thinks, weakest first: OpenAI's words, and `max`, which several vendors have above them. */
export type Effort = 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** A place in a request: `field`, or `field.member` for a member of an object. */
export type Place = string

/** A provider's words for the thinking of its models. */
export interface ThinkingStyle {
  /** The fields that turn thinking on and off. */
  readonly on: Readonly<Record<Place, unknown>>
  readonly off: Readonly<Record<Place, unknown>>
  /** The fields that let the model itself decide. Default: `on`. */
  readonly adaptive?: Readonly<Record<Place, unknown>>
  /** The place of the strength, and the provider's word for each; `models`: those that have it. Default: all. */
  readonly effort?: {
    readonly place: Place
    readonly words: Readonly<Record<Effort, string>>
    readonly models?: RegExp
  }
  /** The place of a bound on the tokens of thinking; `tokens`: the bound for each strength that has one. */
  readonly budget?: { readonly place: Place; readonly tokens?: Partial<Readonly<Record<Effort, number>>> }
  /** Further words of the provider: their values, or `any`. A request that has only the provider's own words goes
   *  unchanged. */
  readonly also?: Readonly<Record<Place, readonly unknown[] | 'any'>>
}

const lowMediumHigh = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
} as const

const createSwitch = (place: Place, on: unknown, off: unknown): Pick<ThinkingStyle, 'on' | 'off'> => ({
  on: { [place]: on },
  off: { [place]: off },
})

const typeSwitch = createSwitch('thinking.type', 'enabled', 'disabled')

/** OpenAI API reference, "Create chat completion". Thinking is on unless the strength is `none`. */
const openAIStyle: ThinkingStyle = {
  ...createSwitch('reasoning_effort', 'medium', 'none'),
  effort: { place: 'reasoning_effort', words: { ...lowMediumHigh, minimal: 'minimal', xhigh: 'xhigh', max: 'xhigh' } },
}

/** Ollama, "OpenAI compatibility": the strengths low, medium and high. */
const ollama: ThinkingStyle = { ...openAIStyle, effort: { place: 'reasoning_effort', words: lowMediumHigh } }

/** Gemini API, "OpenAI compatibility": `minimal` to `high`, and `none`. */
const gemini: ThinkingStyle = {
  ...openAIStyle,
  effort: { place: 'reasoning_effort', words: { ...lowMediumHigh, minimal: 'minimal' } },
}

/** DeepSeek API docs, "Thinking Mode". */
const deepseek: ThinkingStyle = {
  ...typeSwitch,
  effort: { place: 'reasoning_effort', words: { ...lowMediumHigh, medium: 'high', max: 'max' } },
}

/** docs.z.ai, "Thinking Mode": only the newest models have strengths. `clear_thinking: false` keeps earlier thoughts. */
const zhipuStyle: ThinkingStyle = {
  ...typeSwitch,
  effort: {
    place: 'reasoning_effort',
    words: { ...lowMediumHigh, medium: 'high', max: 'max' },
    models: /^glm-(5\.[3-9]|[6-9])/i,
  },
  also: { 'thinking.clear_thinking': 'any' },
}

/** Alibaba Cloud Model Studio, "Deep thinking"; SiliconFlow and ModelScope have the same words. */
const qwen: ThinkingStyle = {
  ...createSwitch('enable_thinking', true, false),
  budget: { place: 'thinking_budget', tokens: { minimal: 512, low: 1_024, medium: 8_192 } },
}

/** Kimi API docs, "Thinking models". */
const kimi: ThinkingStyle = {
  ...typeSwitch,
  effort: { place: 'thinking.effort', words: { ...lowMediumHigh, max: 'max' } },
  also: { 'thinking.keep': 'any' },
}

/** Volcengine Ark, "Deep thinking". Its `minimal` means no thinking, and contradicts `enabled`. */
const ark: ThinkingStyle = {
  ...typeSwitch,
  adaptive: { 'thinking.type': 'auto' },
  effort: { place: 'reasoning_effort', words: lowMediumHigh },
  also: { reasoning_effort: ['minimal'] },
}

/** Claude API docs, "Adaptive thinking" and "Effort". The older form has a budget instead. */
const anthropic: ThinkingStyle = {
  ...createSwitch('thinking.type', 'adaptive', 'disabled'),
  effort: { place: 'output_config.effort', words: { ...lowMediumHigh, max: 'max' } },
  also: { 'thinking.type': ['enabled'], 'thinking.budget_tokens': 'any', 'thinking.display': 'any' },
}

/** OpenRouter docs, "Reasoning tokens". */
const openRouter: ThinkingStyle = {
  ...createSwitch('reasoning.enabled', true, false),
  effort: { place: 'reasoning.effort', words: { ...lowMediumHigh, minimal: 'minimal', xhigh: 'xhigh', max: 'xhigh' } },
  budget: { place: 'reasoning.max_tokens' },
  also: { reasoning_effort: 'any', 'reasoning.effort': ['none'], 'reasoning.exclude': 'any' },
}

/** vLLM docs, "Reasoning outputs"; llama.cpp, `tools/server`: the chat template decides. */
const template: ThinkingStyle = {
  ...createSwitch('chat_template_kwargs.enable_thinking', true, false),
  effort: { place: 'reasoning_effort', words: lowMediumHigh },
  also: { 'chat_template_kwargs.thinking': 'any', 'chat_template_kwargs.reasoning_effort': 'any' },
}

/** The style of each provider whose words are known. All others get a request's fields unchanged. */
export const thinkingStyles: Partial<Readonly<Record<PresetName, ThinkingStyle>>> = {
  openai: openAIStyle,
  azure: openAIStyle,
  ollama,
  gemini,
  deepseek,
  xiaomi_mimo: typeSwitch,
  zhipu: zhipuStyle,
  zai: zhipuStyle,
  dashscope: qwen,
  qwen,
  siliconflow: qwen,
  modelscope: qwen,
  moonshot: kimi,
  kimi,
  volcengine: ark,
  anthropic,
  openrouter: openRouter,
  hosted_vllm: template,
  llamacpp: template,
}

/** The style of an entry that fixes the thinking of a provider whose words are not known. */
export const fallbackStyle = openAIStyle
