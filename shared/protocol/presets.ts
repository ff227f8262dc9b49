/** What the gateway knows of a provider by its name: enough for a model map entry to leave these out. */
export interface Preset {
  /** Base URL up to and including the version path; undefined: the entry must say it, because every customer has another. */
  readonly apiBase: string | undefined
  /** Environment variables that hold the key where an entry names none; the first that is set counts. Empty: no key needed. */
  readonly keyVariables: readonly string[]
}

const at = (apiBase: string | undefined, ...keyVariables: string[]): Preset => ({ apiBase, keyVariables })

/** The OpenAI-shaped providers, by the names that a model map may use. Names, default bases and key variables are LiteLLM's
 *  (docs.litellm.ai, "Providers") wherever it has the provider, so that an existing map keeps its meaning; the vendors'
 *  mainland endpoints, and vendors that it has not, stand beside them under names of our own. */
const presets = {
  openai: at('https://api.openai.com/v1', 'OPENAI_API_KEY'),
  azure: at(undefined, 'AZURE_API_KEY'),
  anthropic: at('https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY'),
  gemini: at('https://generativelanguage.googleapis.com/v1beta/openai', 'GEMINI_API_KEY', 'GOOGLE_API_KEY'),

  deepseek: at('https://api.deepseek.com', 'DEEPSEEK_API_KEY'),
  zai: at('https://api.z.ai/api/paas/v4', 'ZAI_API_KEY'),
  zhipu: at('https://open.bigmodel.cn/api/paas/v4', 'GLM_API_KEY', 'ZHIPUAI_API_KEY', 'ZHIPU_API_KEY'),
  moonshot: at('https://api.moonshot.ai/v1', 'MOONSHOT_API_KEY'),
  kimi: at('https://api.moonshot.cn/v1', 'MOONSHOT_API_KEY', 'KIMI_API_KEY'),
  dashscope: at('https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY'),
  qwen: at('https://dashscope.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY', 'QWEN_API_KEY'),
  volcengine: at('https://ark.cn-beijing.volces.com/api/v3', 'VOLCENGINE_API_KEY', 'ARK_API_KEY'),
  hunyuan: at('https://api.hunyuan.cloud.tencent.com/v1', 'HUNYUAN_API_KEY'),
  cloudbase: at(undefined, 'CLOUDBASE_APIKEY'),
  minimax: at('https://api.minimax.io/v1', 'MINIMAX_API_KEY'),
  minimaxi: at('https://api.minimaxi.com/v1', 'MINIMAX_API_KEY'),
  siliconflow: at('https://api.siliconflow.cn/v1', 'SILICONFLOW_API_KEY'),
  stepfun: at('https://api.stepfun.com/v1', 'STEPFUN_API_KEY'),
  baichuan: at('https://api.baichuan-ai.com/v1', 'BAICHUAN_API_KEY'),
  qianfan: at('https://qianfan.baidubce.com/v2', 'QIANFAN_API_KEY'),
  lingyi: at('https://api.lingyiwanwu.com/v1', 'LINGYI_API_KEY'),
  spark: at('https://spark-api-open.xf-yun.com/v1', 'SPARK_API_KEY'),
  modelscope: at('https://api-inference.modelscope.cn/v1', 'MODELSCOPE_API_KEY'),
  xiaomi_mimo: at('https://api.xiaomimimo.com/v1', 'XIAOMI_MIMO_API_KEY'),
  aihubmix: at('https://aihubmix.com/v1', 'AIHUBMIX_API_KEY'),

  openrouter: at('https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'),
  mistral: at('https://api.mistral.ai/v1', 'MISTRAL_API_KEY'),
  codestral: at('https://codestral.mistral.ai/v1', 'CODESTRAL_API_KEY'),
  groq: at('https://api.groq.com/openai/v1', 'GROQ_API_KEY'),
  xai: at('https://api.x.ai/v1', 'XAI_API_KEY'),
  together_ai: at('https://api.together.xyz/v1', 'TOGETHER_API_KEY', 'TOGETHERAI_API_KEY', 'TOGETHER_AI_API_KEY'),
  fireworks_ai: at('https://api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY', 'FIREWORKS_AI_API_KEY'),
  perplexity: at('https://api.perplexity.ai', 'PERPLEXITYAI_API_KEY', 'PERPLEXITY_API_KEY'),
  deepinfra: at('https://api.deepinfra.com/v1/openai', 'DEEPINFRA_API_KEY'),
  cerebras: at('https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY'),
  sambanova: at('https://api.sambanova.ai/v1', 'SAMBANOVA_API_KEY'),
  nvidia_nim: at('https://integrate.api.nvidia.com/v1', 'NVIDIA_NIM_API_KEY'),
  nebius: at('https://api.studio.nebius.ai/v1', 'NEBIUS_API_KEY'),
  novita: at('https://api.novita.ai/v3/openai', 'NOVITA_API_KEY'),
  hyperbolic: at('https://api.hyperbolic.xyz/v1', 'HYPERBOLIC_API_KEY'),
  lambda_ai: at('https://api.lambda.ai/v1', 'LAMBDA_API_KEY'),
  v0: at('https://api.v0.dev/v1', 'V0_API_KEY'),
  morph: at('https://api.morphllm.com/v1', 'MORPH_API_KEY'),
  wandb: at('https://api.inference.wandb.ai/v1', 'WANDB_API_KEY'),
  github: at('https://models.inference.ai.azure.com', 'GITHUB_API_KEY'),
  meta_llama: at('https://api.llama.com/compat/v1', 'LLAMA_API_KEY'),
  friendliai: at('https://api.friendli.ai/serverless/v1', 'FRIENDLIAI_API_KEY', 'FRIENDLI_TOKEN'),
  galadriel: at('https://api.galadriel.com/v1', 'GALADRIEL_API_KEY'),
  anyscale: at('https://api.endpoints.anyscale.com/v1', 'ANYSCALE_API_KEY'),
  ai21_chat: at('https://api.ai21.com/studio/v1', 'AI21_API_KEY'),
  vercel_ai_gateway: at('https://ai-gateway.vercel.sh/v1', 'VERCEL_AI_GATEWAY_API_KEY'),
  helicone: at('https://ai-gateway.helicone.ai', 'HELICONE_API_KEY'),
  poe: at('https://api.poe.com/v1', 'POE_API_KEY'),
  nano_gpt: at('https://nano-gpt.com/api/v1', 'NANOGPT_API_KEY'),
  chutes: at('https://llm.chutes.ai/v1', 'CHUTES_API_KEY'),
  publicai: at('https://api.publicai.co/v1', 'PUBLICAI_API_KEY'),
  synthetic: at('https://api.synthetic.new/openai/v1', 'SYNTHETIC_API_KEY'),
  veniceai: at('https://api.venice.ai/api/v1', 'VENICE_AI_API_KEY'),
  scaleway: at('https://api.scaleway.ai/v1', 'SCW_SECRET_KEY'),
  gmi: at('https://api.gmi-serving.com/v1', 'GMI_API_KEY'),
  sarvam: at('https://api.sarvam.ai/v1', 'SARVAM_API_KEY'),

  ollama: at('http://127.0.0.1:11434/v1'),
  hosted_vllm: at(undefined),
  llamacpp: at('http://127.0.0.1:8080/v1'),
  llamafile: at('http://127.0.0.1:8080/v1'),
  lm_studio: at('http://127.0.0.1:1234/v1'),
  litellm_proxy: at(undefined),
} satisfies Record<string, Preset>

/** Name of a row of the table. */
export type PresetName = keyof typeof presets

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
  return Object.hasOwn(presets, plain) ? (plain as PresetName) : undefined
}

/** What is known of a provider; undefined for a name that is not known. */
export const presetOf = (name: string): Preset | undefined => {
  const known = presetName(name)
  return known && presets[known]
}

/** The provider whose default base is on a host, for entries that say `openai` and another vendor's `api_base`. */
export const presetAtHost = (host: string): PresetName | undefined =>
  (Object.keys(presets) as PresetName[]).find((name) => {
    const { apiBase } = presets[name]
    return apiBase !== undefined && new URL(apiBase).host === host
  })

/** Whether a name stands for a provider that the gateway cannot speak to under that name. */
export const hasOtherShape = (name: string): boolean => otherShapes.has(underscored(name))
