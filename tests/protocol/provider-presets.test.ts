import { describe, expect, test } from '@jest/globals'
import { validateMap } from '../../shared/models/entries/validate-map.ts'
import { findPreset, findPresetByHost, findPresetName, hasForeignApi } from '../../shared/protocol/provider-presets.ts'
import type { JsonObject } from '../../shared/runtime/json.ts'

const litellm =
  'openai deepseek zai moonshot dashscope volcengine minimax xiaomi_mimo modelscope aihubmix novita xai groq mistral together_ai perplexity deepinfra cerebras sambanova nvidia_nim nebius hyperbolic lambda_ai v0 morph wandb github meta_llama friendliai galadriel codestral anyscale ai21_chat vercel_ai_gateway helicone poe nano-gpt chutes publicai synthetic veniceai scaleway gmi sarvam ollama lm_studio hosted_vllm llamafile litellm_proxy anthropic azure gemini'

test.each(litellm.split(' '))("knows LiteLLM's %s", (name) => {
  expect(findPreset(name)).toBeDefined()
})

/** Where each provider is and which variable holds its key: its own documentation, "Quickstart" or "Base URL". */
test.each([
  ['openai', 'https://api.openai.com/v1', 'OPENAI_API_KEY'],
  ['deepseek', 'https://api.deepseek.com', 'DEEPSEEK_API_KEY'],
  ['zhipu', 'https://open.bigmodel.cn/api/paas/v4', 'GLM_API_KEY'],
  ['zai', 'https://api.z.ai/api/paas/v4', 'ZAI_API_KEY'],
  ['moonshot', 'https://api.moonshot.ai/v1', 'MOONSHOT_API_KEY'],
  ['kimi', 'https://api.moonshot.cn/v1', 'MOONSHOT_API_KEY'],
  ['dashscope', 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY'],
  ['qwen', 'https://dashscope.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY'],
  ['volcengine', 'https://ark.cn-beijing.volces.com/api/v3', 'VOLCENGINE_API_KEY'],
  ['hunyuan', 'https://api.hunyuan.cloud.tencent.com/v1', 'HUNYUAN_API_KEY'],
  ['minimax', 'https://api.minimax.io/v1', 'MINIMAX_API_KEY'],
  ['minimaxi', 'https://api.minimaxi.com/v1', 'MINIMAX_API_KEY'],
  ['siliconflow', 'https://api.siliconflow.cn/v1', 'SILICONFLOW_API_KEY'],
  ['stepfun', 'https://api.stepfun.com/v1', 'STEPFUN_API_KEY'],
  ['baichuan', 'https://api.baichuan-ai.com/v1', 'BAICHUAN_API_KEY'],
  ['qianfan', 'https://qianfan.baidubce.com/v2', 'QIANFAN_API_KEY'],
  ['cloudbase', undefined, 'CLOUDBASE_APIKEY'],
  ['azure', undefined, 'AZURE_API_KEY'],
  ['openrouter', 'https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'],
  ['gemini', 'https://generativelanguage.googleapis.com/v1beta/openai', 'GEMINI_API_KEY'],
  ['anthropic', 'https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY'],
  ['mistral', 'https://api.mistral.ai/v1', 'MISTRAL_API_KEY'],
  ['groq', 'https://api.groq.com/openai/v1', 'GROQ_API_KEY'],
  ['lingyi', 'https://api.lingyiwanwu.com/v1', 'LINGYI_API_KEY'],
  ['spark', 'https://spark-api-open.xf-yun.com/v1', 'SPARK_API_KEY'],
  ['ollama', 'http://127.0.0.1:11434/v1', undefined],
  ['hosted_vllm', undefined, undefined],
  ['llamacpp', 'http://127.0.0.1:8080/v1', undefined],
  ['lm_studio', 'http://127.0.0.1:1234/v1', undefined],
])('gives %s the base %s and the key variable %s', (name, apiBase, variable) => {
  const preset = findPreset(name)
  expect([preset?.apiBase, preset?.keyVariables[0]]).toEqual([apiBase, variable])
})

test.each([
  ['GLM', 'zhipu'],
  ['custom-openai', 'openai'],
  ['lm-studio', 'lm_studio'],
  ['llama.cpp', 'llamacpp'],
  ['nano-gpt', 'nano_gpt'],
  ['constructor', undefined],
  ['__proto__', undefined],
])('reads the name %s as %s', (name, expected) => {
  expect(findPresetName(name)).toBe(expected)
})

test('finds a provider by its host, and reports a foreign API by its name', () => {
  expect(findPresetByHost('open.bigmodel.cn')).toBe('zhipu')
  expect(findPresetByHost('example.com')).toBeUndefined()
  expect([hasForeignApi('bedrock'), hasForeignApi('Vertex-AI'), hasForeignApi('openai')]).toEqual([true, true, false])
})

describe('a model map entry', () => {
  const load = (entry: object, variables: Record<string, string> = {}) => {
    const fields = entry as JsonObject
    const { route, rejected, unknownProviders } = validateMap(
      new Map([
        ['m', fields],
        ['n', fields],
      ]),
      { variable: (name) => variables[name], allowPrivate: true },
    )
    return { route: route('m')?.targets[0], reason: rejected[0]?.reason, warnings: unknownProviders }
  }

  test.each([
    [{ provider: 'deepseek' }, { DEEPSEEK_API_KEY: 'k' }, 'https://api.deepseek.com', 'k'],
    [{ provider: 'zhipu' }, { ZHIPUAI_API_KEY: 'k' }, 'https://open.bigmodel.cn/api/paas/v4', 'k'],
    [
      { provider: 'moonshot', api_base: 'https://api.moonshot.cn/v1' },
      { MOONSHOT_API_KEY: 'k' },
      'https://api.moonshot.cn/v1',
      'k',
    ],
    [{ provider: 'openai' }, { OPENAI_API_KEY: 'k' }, 'https://api.openai.com/v1', 'k'],
    [
      { provider: 'openai', api_base: 'https://models.example.com/v1' },
      { OPENAI_API_KEY: 'k' },
      'https://models.example.com/v1',
      undefined,
    ],
    [
      { provider: 'qwen', api_key: 'own' },
      { DASHSCOPE_API_KEY: 'k' },
      'https://dashscope.aliyuncs.com/compatible-mode/v1',
      'own',
    ],
    [
      { provider: 'cloudbase', api_base: 'https://env-1.api.tcloudbasegateway.com/v1/ai/cloudbase/v1' },
      { CLOUDBASE_APIKEY: 'k', CLOUDBASE_ENV_ID: 'env-1' },
      'https://env-1.api.tcloudbasegateway.com/v1/ai/cloudbase/v1',
      'k',
    ],
    [
      { provider: 'cloudbase', api_base: 'https://env-2.api.tcloudbasegateway.com/v1' },
      { CLOUDBASE_APIKEY: 'k', CLOUDBASE_ENV_ID: 'env-1' },
      'https://env-2.api.tcloudbasegateway.com/v1',
      undefined,
    ],
    [
      { provider: 'cloudbase', api_base: 'https://env-1.api.tcloudbasegateway.com.example.com/v1' },
      { CLOUDBASE_APIKEY: 'k', CLOUDBASE_ENV_ID: 'env-1' },
      'https://env-1.api.tcloudbasegateway.com.example.com/v1',
      undefined,
    ],
    [{ provider: 'scaleway' }, { SCW_SECRET_KEY: 'k' }, 'https://api.scaleway.ai/v1', 'k'],
    [
      { provider: 'scaleway', api_base: 'https://a.example.com/v1' },
      { SCW_SECRET_KEY: 'k' },
      'https://a.example.com/v1',
      undefined,
    ],
    [
      { provider: 'github', api_base: 'https://a.example.com/v1' },
      { GITHUB_API_KEY: 'k' },
      'https://a.example.com/v1',
      undefined,
    ],
    [
      { provider: 'openai', api_base: 'https://api.openai.com/v1/chat/completions' },
      { OPENAI_API_KEY: 'k' },
      'https://api.openai.com/v1',
      'k',
    ],
    [{ provider: 'ollama' }, {}, 'http://127.0.0.1:11434/v1', undefined],
    [
      { provider: 'azure', api_base: 'https://r.openai.azure.com/', api_version: '2025-01-01' },
      { AZURE_API_KEY: 'k' },
      'https://r.openai.azure.com?api-version=2025-01-01',
      'k',
    ],
  ])('is completed with the defaults of its provider: %j', (entry, variables, apiBase, apiKey) => {
    expect(load(entry, variables)).toMatchObject({ route: { apiBase, apiKey }, warnings: [] })
  })

  test.each([
    [{ provider: 'deepseek' }, 'DEEPSEEK_API_KEY'],
    [{ provider: 'azure' }, 'api_base'],
    [{ provider: 'acme' }, "'acme' is not known"],
    [{ provider: 'bedrock', api_base: 'https://a.example.com' }, 'OpenAI-compatible endpoint'],
  ])('is rejected with a reason that names the cause: %j, %s', (entry, named) => {
    const { route, reason } = load(entry)
    expect(route).toBeUndefined()
    expect(reason).toContain(named)
  })

  test('counts as OpenAI-compatible, with one warning, if its provider is unknown and it has a base', () => {
    const { route, warnings } = load({ provider: 'acme', api_base: 'https://api.acme.example/v1', api_key: 'k' })
    expect(route).toMatchObject({ provider: 'acme', apiBase: 'https://api.acme.example/v1' })
    expect(warnings).toEqual(['acme'])
  })
})
