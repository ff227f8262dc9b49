/** What the gateway knows of a provider by its name: enough for a model map entry to leave these out. */
export interface Preset {
  /** Base URL up to and including the version path; undefined: the entry must say it, because every customer has another. */
  readonly apiBase: string | undefined
  /** Environment variables that hold the key where an entry names none; the first that is set counts. Empty: no key needed. */
  readonly keyVariables: readonly string[]
}

/** A row: the default base without its `https://`, and the key's variables; left out, `<NAME>_API_KEY`. */
const at = (base: string | undefined, ...keyVariables: string[]): Row => ({
  apiBase: base && `https://${base}`,
  keyVariables: keyVariables.length > 0 ? keyVariables : undefined,
})

/** A row of a server that people run themselves, with no key. */
const local = (apiBase?: string): Row => ({ apiBase, keyVariables: [] })

interface Row {
  readonly apiBase: string | undefined
  readonly keyVariables: readonly string[] | undefined
}

/** The OpenAI-shaped providers, by the names that a model map may use. Names, default bases and key variables are LiteLLM's
 *  (docs.litellm.ai, "Providers") wherever it has the provider, so that an existing map keeps its meaning; the
 *  providers' mainland endpoints, and providers that it has not, stand beside them under names of our own. */
const rows = {
  openai: at('api.openai.com/v1'),
  azure: at(undefined),
  anthropic: at('api.anthropic.com/v1'),
  gemini: at('generativelanguage.googleapis.com/v1beta/openai', 'GEMINI_API_KEY', 'GOOGLE_API_KEY'),

  deepseek: at('api.deepseek.com'),
  zai: at('api.z.ai/api/paas/v4'),
  zhipu: at('open.bigmodel.cn/api/paas/v4', 'GLM_API_KEY', 'ZHIPUAI_API_KEY', 'ZHIPU_API_KEY'),
  moonshot: at('api.moonshot.ai/v1'),
  kimi: at('api.moonshot.cn/v1', 'MOONSHOT_API_KEY', 'KIMI_API_KEY'),
  dashscope: at('dashscope-intl.aliyuncs.com/compatible-mode/v1'),
  qwen: at('dashscope.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY', 'QWEN_API_KEY'),
  volcengine: at('ark.cn-beijing.volces.com/api/v3', 'VOLCENGINE_API_KEY', 'ARK_API_KEY'),
  hunyuan: at('api.hunyuan.cloud.tencent.com/v1'),
  cloudbase: at(undefined, 'CLOUDBASE_APIKEY'),
  minimax: at('api.minimax.io/v1'),
  minimaxi: at('api.minimaxi.com/v1', 'MINIMAX_API_KEY'),
  siliconflow: at('api.siliconflow.cn/v1'),
  stepfun: at('api.stepfun.com/v1'),
  baichuan: at('api.baichuan-ai.com/v1'),
  qianfan: at('qianfan.baidubce.com/v2'),
  lingyi: at('api.lingyiwanwu.com/v1'),
  spark: at('spark-api-open.xf-yun.com/v1'),
  modelscope: at('api-inference.modelscope.cn/v1'),
  xiaomi_mimo: at('api.xiaomimimo.com/v1'),
  aihubmix: at('aihubmix.com/v1'),

  openrouter: at('openrouter.ai/api/v1'),
  mistral: at('api.mistral.ai/v1'),
  codestral: at('codestral.mistral.ai/v1'),
  groq: at('api.groq.com/openai/v1'),
  xai: at('api.x.ai/v1'),
  together_ai: at('api.together.xyz/v1', 'TOGETHER_API_KEY', 'TOGETHERAI_API_KEY', 'TOGETHER_AI_API_KEY'),
  fireworks_ai: at('api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY', 'FIREWORKS_AI_API_KEY'),
  perplexity: at('api.perplexity.ai', 'PERPLEXITYAI_API_KEY', 'PERPLEXITY_API_KEY'),
  deepinfra: at('api.deepinfra.com/v1/openai'),
  cerebras: at('api.cerebras.ai/v1'),
  sambanova: at('api.sambanova.ai/v1'),
  nvidia_nim: at('integrate.api.nvidia.com/v1'),
  nebius: at('api.studio.nebius.ai/v1'),
  novita: at('api.novita.ai/v3/openai'),
  hyperbolic: at('api.hyperbolic.xyz/v1'),
  lambda_ai: at('api.lambda.ai/v1', 'LAMBDA_API_KEY'),
  v0: at('api.v0.dev/v1'),
  morph: at('api.morphllm.com/v1'),
  wandb: at('api.inference.wandb.ai/v1'),
  github: at('models.inference.ai.azure.com'),
  meta_llama: at('api.llama.com/compat/v1', 'LLAMA_API_KEY'),
  friendliai: at('api.friendli.ai/serverless/v1', 'FRIENDLIAI_API_KEY', 'FRIENDLI_TOKEN'),
  galadriel: at('api.galadriel.com/v1'),
  anyscale: at('api.endpoints.anyscale.com/v1'),
  ai21_chat: at('api.ai21.com/studio/v1', 'AI21_API_KEY'),
  vercel_ai_gateway: at('ai-gateway.vercel.sh/v1'),
  helicone: at('ai-gateway.helicone.ai'),
  poe: at('api.poe.com/v1'),
  nano_gpt: at('nano-gpt.com/api/v1', 'NANOGPT_API_KEY'),
  chutes: at('llm.chutes.ai/v1'),
  publicai: at('api.publicai.co/v1'),
  synthetic: at('api.synthetic.new/openai/v1'),
  veniceai: at('api.venice.ai/api/v1', 'VENICE_AI_API_KEY'),
  scaleway: at('api.scaleway.ai/v1', 'SCW_SECRET_KEY'),
  gmi: at('api.gmi-serving.com/v1'),
  sarvam: at('api.sarvam.ai/v1'),

  ollama: local('http://127.0.0.1:11434/v1'),
  hosted_vllm: local(),
  llamacpp: local('http://127.0.0.1:8080/v1'),
  llamafile: local('http://127.0.0.1:8080/v1'),
  lm_studio: local('http://127.0.0.1:1234/v1'),
  litellm_proxy: local(),
} satisfies Record<string, Row>

/** Name of a row of the table. */
export type PresetName = keyof typeof rows

/** Other names for the same rows. */
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

/** LiteLLM's names for providers whose own APIs are of another shape than OpenAI's. */
const otherShapes: ReadonlySet<string> = new Set([
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

const underscored = (name: string): string => name.trim().toLowerCase().replaceAll('-', '_').replaceAll('.', '_')

/** The row a provider's name stands for, case, hyphens and aliases aside; undefined for a name that is not known. */
export const presetName = (name: string): PresetName | undefined => {
  const plain = underscored(name)
  if (Object.hasOwn(aliases, plain)) return aliases[plain]
  return Object.hasOwn(rows, plain) ? (plain as PresetName) : undefined
}

/** What is known of a provider; undefined for a name that is not known. */
export const presetOf = (name: string): Preset | undefined => {
  const known = presetName(name)
  if (!known) return undefined
  const { apiBase, keyVariables = [`${known.toUpperCase()}_API_KEY`] } = rows[known]
  return { apiBase, keyVariables }
}

/** The provider whose default base is on a host, for entries that say `openai` and another provider's `api_base`. */
export const presetAtHost = (host: string): PresetName | undefined =>
  (Object.keys(rows) as PresetName[]).find((name) => {
    const { apiBase } = rows[name]
    return apiBase !== undefined && new URL(apiBase).host === host
  })

/** Whether a name stands for a provider that the gateway cannot speak to under that name. */
export const hasOtherShape = (name: string): boolean => otherShapes.has(underscored(name))
