import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createModel, openMapFile } from '../../scripts/models/create.ts'
import { readFieldOptions } from '../../scripts/models/field-options.ts'
import type { JsonObject } from '../../shared/runtime/json.ts'
import { createInstance } from '../support/create-instance.ts'

const folder = mkdtempSync(join(tmpdir(), 'models-create-'))
const path = join(folder, 'model_map.json')
afterAll(() => rmSync(folder, { recursive: true }))

const old = { 'glm-4.5': { provider: 'zhipu' }, off: { provider: 'groq', enabled: false }, _note: 'keep me' }

beforeEach(() => {
  writeFileSync(path, JSON.stringify(old))
  rmSync(join(folder, 'model_list.json'), { force: true })
})

interface Asked {
  readonly variables?: Readonly<Record<string, string>>
  readonly agrees?: boolean
}

/** Runs `npm run models -- create` on the file. */
const create = async (model: string, fields: JsonObject, { variables = {}, agrees = true }: Asked = {}) => {
  const lines: string[] = []
  const tools = {
    fields,
    allowPrivate: false,
    variables: { LC_ALL: 'C', ...variables },
    print: (line: string) => void lines.push(line),
    confirm: () => Promise.resolve(agrees),
  }
  const done = await createModel(model, tools, openMapFile(path, model, tools))
  return { done, output: lines.join('\n'), map: JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown> }
}

const entry = { provider: 'deepseek', upstream_model: 'deepseek-chat', input_price_per_1m: 2 }

describe('npm run models -- create in a file', () => {
  test('adds an entry that the gateway serves, keeps all else, and says where its key goes', async () => {
    const { done, output, map } = await create('chat', entry)
    expect(done).toBe(true)
    expect(map).toEqual({ ...old, chat: entry })
    expect(output).toMatch(/^\+ chat\n {4}provider: deepseek\n/)
    expect(output).toContain('Put the key into .env: DEEPSEEK_API_KEY=<key>')
    expect(output).toContain('npm run deploy')
    const models = createInstance({ MODEL_PROVIDER_MAP_FILE: path, DEEPSEEK_API_KEY: 'k' })
    expect((await models.current()).route('chat').targets[0]).toMatchObject({
      apiBase: 'https://api.deepseek.com',
      apiKey: 'k',
    })
  })

  test.each([
    [{ provider: 'zhipu' }, {}, 'GLM_API_KEY=<key> (or use ZHIPUAI_API_KEY, ZHIPU_API_KEY)'],
    [{ provider: 'zhipu' }, { ZHIPU_API_KEY: 'k' }, 'Its key is in ZHIPU_API_KEY, which is set.'],
    [{ api_base: 'https://a.example.com/v1', api_key_env: 'MY_LLM_API_KEY' }, {}, 'MY_LLM_API_KEY=<key>'],
    [{ provider: 'openai', api_base: 'https://a.example.com/v1' }, {}, 'It needs no key.'],
    [{ provider: 'zhipu' }, { LC_ALL: 'zh_CN.UTF-8' }, '请把密钥写进 .env：GLM_API_KEY=<密钥>'],
  ])('says of the key of %j with %j: %s', async (fields, variables, said) => {
    expect((await create('m', fields, { variables })).output).toContain(said)
  })

  test.each([
    ['glm-4.5', entry, "has the model 'glm-4.5' already"],
    ['GLM-4.5', entry, "has the model 'glm-4.5' already"],
    ['off', entry, "has the model 'off' already"],
    [' m', entry, 'Its name begins or ends with a blank'],
    ['m', { provider: 'deepsek' }, "Did you mean 'deepseek'?"],
    ['m', { provider: 'azure' }, 'It has no api_base'],
    ['m', { ...entry, max_tokens: 'many' }, 'Its max_tokens must be'],
    ['m', { ...entry, api_key_env: 'GATEWAY_ADMIN_KEY' }, 'does not name a provider key'],
    ['m', { ...entry, fallbacks: 'none-such' }, 'none-such'],
  ])('refuses the model %j with %j and writes nothing', async (model, fields, reason) => {
    const { done, output, map } = await create(model, fields)
    expect(done).toBe(false)
    expect(output).toContain(reason)
    expect(map).toEqual(old)
  })

  test('writes nothing without consent', async () => {
    expect(await create('m', entry, { agrees: false })).toMatchObject({ done: false, map: old })
  })

  test('warns if model_list.json leaves the model out', async () => {
    writeFileSync(join(folder, 'model_list.json'), '["glm-4.5"]')
    expect((await create('m', entry)).output).toMatch(/model_list\.json names other models only\. Add 'm' to it/)
  })

  test('creates a file that is missing, and refuses one that is no map', async () => {
    rmSync(path)
    expect((await create('m', entry)).map).toEqual({ m: entry })
    writeFileSync(path, '{"m": ')
    await expect(create('n', entry)).rejects.toThrow('holds no JSON object')
  })
})

test('The options of create become fields: numbers, lists and objects as JSON, all else as text', () => {
  const given = {
    provider: ' kimi ',
    'max-tokens': '500',
    'input-price-per-1m': '0.8',
    'upstream-model': '42',
    file: 'x',
  }
  const json = { 'allowed-params': '["temperature"]', 'default-params': '{"seed": 1}', 'drop-params': 'n, seed' }
  expect(readFieldOptions({ ...given, ...json, yes: true })).toEqual({
    ...{ provider: 'kimi', max_tokens: 500, input_price_per_1m: 0.8, upstream_model: '42' },
    ...{ allowed_params: ['temperature'], default_params: { seed: 1 }, drop_params: 'n, seed' },
  })
})
