import type { Target } from './route.ts'

/** The defaults of a provider, which a model map entry may leave out. */
export interface Preset {
  /** Base URL up to and including the version path; undefined: the entry must have it, because each customer has
   *  another. */
  readonly apiBase: string | undefined
  /** Environment variables that hold the key if an entry names none. The first one that is set counts. Empty: no key is
   *  needed. */
  readonly keyVariables: readonly string[]
}

/** Creates a row from the default base without `https://`, and the variables of the key. Their default is
 *  `<NAME>_API_KEY`. */
const hostedPreset = (base: string | undefined, ...keyVariables: string[]): PresetRow => ({
  apiBase: base && `https://${base}`,
  keyVariables: keyVariables.length > 0 ? keyVariables : undefined,
})

/** Creates a row of a server that users run themselves, without a key. */
const localPreset = (apiBase?: string): PresetRow => ({ apiBase, keyVariables: [] })

interface PresetRow {
  readonly apiBase: string | undefined
  readonly keyVariables: readonly string[] | undefined
}

/** The OpenAI-compatible providers, by the names in a model map. If LiteLLM has the provider, name, default base and
 *  key variables are LiteLLM's (docs.litellm.ai, "Providers"), so that an existing map keeps its meaning. Mainland
 *  endpoints, and providers that LiteLLM does not have, have names of our own. */
const presetRows = {
  openai: hostedPreset('api.openai.com/v1'),
  azure: hostedPreset(undefined),
  anthropic: hostedPreset('api.anthropic.com/v1'),
  gemini: hostedPreset('generativelanguage.googleapis.com/v1beta/openai', 'GEMINI_API_KEY', 'GOOGLE_API_KEY'),

  deepseek: hostedPreset('api.deepseek.com'),
  zai: hostedPreset('api.z.ai/api/paas/v4'),
  zhipu: hostedPreset('open.bigmodel.cn/api/paas/v4', 'GLM_API_KEY', 'ZHIPUAI_API_KEY', 'ZHIPU_API_KEY'),
  moonshot: hostedPreset('api.moonshot.ai/v1'),
  kimi: hostedPreset('api.moonshot.cn/v1', 'MOONSHOT_API_KEY', 'KIMI_API_KEY'),
  dashscope: hostedPreset('dashscope-intl.aliyuncs.com/compatible-mode/v1'),
  qwen: hostedPreset('dashscope.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY', 'QWEN_API_KEY'),
  volcengine: hostedPreset('ark.cn-beijing.volces.com/api/v3', 'VOLCENGINE_API_KEY', 'ARK_API_KEY'),
  hunyuan: hostedPreset('api.hunyuan.cloud.tencent.com/v1'),
  cloudbase: hostedPreset(undefined, 'CLOUDBASE_APIKEY'),
  minimax: hostedPreset('api.minimax.io/v1'),
  minimaxi: hostedPreset('api.minimaxi.com/v1', 'MINIMAX_API_KEY'),
  siliconflow: hostedPreset('api.siliconflow.cn/v1'),
  stepfun: hostedPreset('api.stepfun.com/v1'),
  baichuan: hostedPreset('api.baichuan-ai.com/v1'),
  qianfan: hostedPreset('qianfan.baidubce.com/v2'),
  lingyi: hostedPreset('api.lingyiwanwu.com/v1'),
  spark: hostedPreset('spark-api-open.xf-yun.com/v1'),
  modelscope: hostedPreset('api-inference.modelscope.cn/v1'),
  xiaomi_mimo: hostedPreset('api.xiaomimimo.com/v1'),
  aihubmix: hostedPreset('aihubmix.com/v1'),

  openrouter: hostedPreset('openrouter.ai/api/v1'),
  mistral: hostedPreset('api.mistral.ai/v1'),
  codestral: hostedPreset('codestral.mistral.ai/v1'),
  groq: hostedPreset('api.groq.com/openai/v1'),
  xai: hostedPreset('api.x.ai/v1'),
  together_ai: hostedPreset('api.together.xyz/v1', 'TOGETHER_API_KEY', 'TOGETHERAI_API_KEY', 'TOGETHER_AI_API_KEY'),
  fireworks_ai: hostedPreset('api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY', 'FIREWORKS_AI_API_KEY'),
  perplexity: hostedPreset('api.perplexity.ai', 'PERPLEXITYAI_API_KEY', 'PERPLEXITY_API_KEY'),
  deepinfra: hostedPreset('api.deepinfra.com/v1/openai'),
  cerebras: hostedPreset('api.cerebras.ai/v1'),
  sambanova: hostedPreset('api.sambanova.ai/v1'),
  nvidia_nim: hostedPreset('integrate.api.nvidia.com/v1'),
  nebius: hostedPreset('api.studio.nebius.ai/v1'),
  novita: hostedPreset('api.novita.ai/v3/openai'),
  hyperbolic: hostedPreset('api.hyperbolic.xyz/v1'),
  lambda_ai: hostedPreset('api.lambda.ai/v1', 'LAMBDA_API_KEY'),
  v0: hostedPreset('api.v0.dev/v1'),
  morph: hostedPreset('api.morphllm.com/v1'),
  wandb: hostedPreset('api.inference.wandb.ai/v1'),
  github: hostedPreset('models.inference.ai.azure.com'),
  meta_llama: hostedPreset('api.llama.com/compat/v1', 'LLAMA_API_KEY'),
  friendliai: hostedPreset('api.friendli.ai/serverless/v1', 'FRIENDLIAI_API_KEY', 'FRIENDLI_TOKEN'),
  galadriel: hostedPreset('api.galadriel.com/v1'),
  anyscale: hostedPreset('api.endpoints.anyscale.com/v1'),
  ai21_chat: hostedPreset('api.ai21.com/studio/v1', 'AI21_API_KEY'),
  vercel_ai_gateway: hostedPreset('ai-gateway.vercel.sh/v1'),
  helicone: hostedPreset('ai-gateway.helicone.ai'),
  poe: hostedPreset('api.poe.com/v1'),
  nano_gpt: hostedPreset('nano-gpt.com/api/v1', 'NANOGPT_API_KEY'),
  chutes: hostedPreset('llm.chutes.ai/v1'),
  publicai: hostedPreset('api.publicai.co/v1'),
  synthetic: hostedPreset('api.synthetic.new/openai/v1'),
  veniceai: hostedPreset('api.venice.ai/api/v1', 'VENICE_AI_API_KEY'),
  scaleway: hostedPreset('api.scaleway.ai/v1', 'SCW_SECRET_KEY'),
  gmi: hostedPreset('api.gmi-serving.com/v1'),
  sarvam: hostedPreset('api.sarvam.ai/v1'),

  ollama: localPreset('http://127.0.0.1:11434/v1'),
  hosted_vllm: localPreset(),
  llamacpp: localPreset('http://127.0.0.1:8080/v1'),
  llamafile: localPreset('http://127.0.0.1:8080/v1'),
  lm_studio: localPreset('http://127.0.0.1:1234/v1'),
  litellm_proxy: localPreset(),
} satisfies Record<string, PresetRow>

/** The name of a preset. */
export type PresetName = keyof typeof presetRows

/** The names of all presets, without their aliases. */
export const presetNames = Object.keys(presetRows) as readonly PresetName[]

/** Other names of the same presets. */
const aliases: Readonly<Record<string, PresetName>> = {
  azure_openai: 'azure',
  text_completion_openai: 'openai',
  custom_openai: 'openai',
  openai_like: 'openai',
  google: 'gemini',
  glm: 'zhipu',
  zhipuai: 'zhipu',
  bigmodel: 'zhipu',
  aliyun: 'qwen',
  bailian: 'qwen',
  tongyi: 'qwen',
  ark: 'volcengine',
  doubao: 'volcengine',
  tencent: 'hunyuan',
  baidu: 'qianfan',
  wenxin: 'qianfan',
  yi: 'lingyi',
  together: 'together_ai',
  fireworks: 'fireworks_ai',
  ollama_chat: 'ollama',
  vllm: 'hosted_vllm',
  llama_cpp: 'llamacpp',
  lmstudio: 'lm_studio',
}

/** The names of all presets and their aliases. */
export const providerNames: readonly string[] = [...presetNames, ...Object.keys(aliases)]

/** LiteLLM's names of providers whose own APIs are not OpenAI-compatible. */
const foreignApis: ReadonlySet<string> = new Set([
  'azure_ai',
  'bedrock',
  'bedrock_converse',
  'cloudflare',
  'cohere',
  'cohere_chat',
  'databricks',
  'huggingface',
  'nlp_cloud',
  'oci',
  'predibase',
  'replicate',
  'sagemaker',
  'sagemaker_chat',
  'snowflake',
  'triton',
  'vertex_ai',
  'vertex_ai_beta',
  'watsonx',
])

const normalizeName = (name: string): string => name.trim().toLowerCase().replaceAll('-', '_').replaceAll('.', '_')

/** Finds the preset of a provider's name, regardless of case and hyphens, also by an alias. Returns undefined if there
 *  is none. */
export const findPresetName = (name: string): PresetName | undefined => {
  const plain = normalizeName(name)
  if (Object.hasOwn(aliases, plain)) return aliases[plain]
  return Object.hasOwn(presetRows, plain) ? (plain as PresetName) : undefined
}

/** Finds the defaults of a provider. Returns undefined if its name is unknown. */
export const findPreset = (name: string): Preset | undefined => {
  const known = findPresetName(name)
  if (!known) return undefined
  const { apiBase, keyVariables = [`${known.toUpperCase()}_API_KEY`] } = presetRows[known]
  return { apiBase, keyVariables }
}

/** Finds the provider whose default base is on a host, for entries with the provider `openai` and another provider's
 *  `api_base`. */
export const findPresetByHost = (host: string): PresetName | undefined =>
  presetNames.find((name) => {
    const { apiBase } = presetRows[name]
    return apiBase !== undefined && new URL(apiBase).host === host
  })

/** The provider of a target, if it has a preset: by its name; by its host if the name is `openai` or unknown. */
export const getKnownProvider = ({
  provider,
  apiBase,
}: Pick<Target, 'provider' | 'apiBase'>): PresetName | undefined => {
  const name = findPresetName(provider)
  return name === undefined || name === 'openai' ? findPresetByHost(new URL(apiBase).host) : name
}

/** Whether a name means a provider whose API is not OpenAI-compatible under that name. */
export const hasForeignApi = (name: string): boolean => foreignApis.has(normalizeName(name))
