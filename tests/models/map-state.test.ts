import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createInstance, type Instance } from '../support/create-instance.ts'

const folder = mkdtempSync(join(tmpdir(), 'map-state-'))
const mapFile = join(folder, 'model_map.json')
const listFile = join(folder, 'model_list.json')
afterAll(() => rmSync(folder, { recursive: true }))

const entry = '{"api_base": "https://a.example"}'
const fromVariable = `{"from-variable": ${entry}}`

const instance = (environment: Record<string, string> = {}): Instance =>
  createInstance({ MODEL_PROVIDER_MAP_FILE: mapFile, ...environment })
const reload = (models: Instance, force = false) => models.reload({ force })

describe('a broken file of the model map', () => {
  beforeEach(() => writeFileSync(mapFile, '{"glm-4.5":'))

  test.each([
    ['nothing else', {}, []],
    ['the variable’s map', { MODEL_PROVIDER_MAP: fromVariable }, ['from-variable']],
  ])('becomes the last error of an instance that has %s', async (_, environment, models) => {
    const broken = expect.stringMatching(/^MODEL_PROVIDER_MAP_FILE is not valid JSON/)
    for (const force of [false, true]) {
      const status = await reload(instance(environment), force)
      expect(status).toMatchObject({ lastError: broken, refused: true, snapshot: { models } })
    }
    const serving = instance(environment)
    expect((await serving.current()).models).toEqual(models)
    expect(serving.status().lastError).toEqual(broken)
  })

  test('is no error any more after it is corrected', async () => {
    const models = instance()
    await reload(models)
    writeFileSync(mapFile, `{"a": ${entry}}`)
    expect(await reload(models)).toMatchObject({ lastError: null, refused: false, snapshot: { models: ['a'] } })
  })

  test('does not replace a working map, forced or not', async () => {
    writeFileSync(mapFile, `{"a": ${entry}}`)
    const models = instance({ MODEL_PROVIDER_MAP: fromVariable })
    await reload(models)
    writeFileSync(mapFile, '{"a":')
    for (const force of [false, true])
      expect(await reload(models, force)).toMatchObject({
        lastError: 'MODEL_PROVIDER_MAP_FILE is not valid JSON. Correct its syntax. The map in use was kept.',
        snapshot: { models: ['a'] },
      })
  })
})

describe('a model list beside a map of a and b', () => {
  const withList = (text: string | undefined): Instance => {
    rmSync(listFile, { force: true })
    if (text !== undefined) writeFileSync(listFile, text)
    return instance({ MODEL_LIST_FILE: listFile })
  }
  beforeEach(() => writeFileSync(mapFile, `{"a": ${entry}, "b": ${entry}}`))

  test.each([
    ['is no array', '{"a": 1}', 'model_json_invalid', /^MODEL_LIST_FILE is no JSON array of names/],
    ['is broken', '["a"', 'model_json_invalid', /^MODEL_LIST_FILE is not valid JSON/],
    ['is missing', undefined, 'model_file_unreadable', /^MODEL_LIST_FILE names a file that cannot be read/],
  ])('offers every model and becomes the last error if it %s', async (_, text, event, help) => {
    const models = withList(text)
    const sentence = expect.stringMatching(help)
    expect(await reload(models)).toMatchObject({ lastError: sentence, snapshot: { models: ['a', 'b'] } })
    expect(models.lines).toContainEqual({ level: 'warn', event, fields: expect.objectContaining({ help: sentence }) })
  })

  const differs = (level: string, fields: object) => ({
    level,
    event: 'model_list_differs',
    fields: { variable: 'MODEL_LIST_FILE', help: expect.any(String), ...fields },
  })

  test.each([
    ['["z", "a", "b"]', ['a', 'b'], differs('warn', { unknown: 'z' })],
    ['["a"]', ['a'], differs('info', { unlisted: 'b' })],
    ['["b", "A"]', ['b'], differs('warn', { unknown: 'A', unlisted: 'a' })],
  ])('is compared with the map once per load, and the log names each difference: %s', async (text, offered, line) => {
    const models = withList(text)
    expect((await models.current()).models).toEqual(offered)
    expect(models.lines.filter(({ event }) => event === 'model_list_differs')).toEqual([line])
    expect(models.status().lastError).toBeNull()
  })

  test.each(['["b", "a"]', '[]'])('logs nothing if it does not differ: %s', async (text) => {
    const models = withList(text)
    await models.current()
    expect(models.lines.map(({ event }) => event)).toEqual(['model_map_loaded'])
  })

  test('is reported instead of the map if it names no model of the map', async () => {
    const models = withList('["A"]')
    const help = 'MODEL_LIST_FILE names no model that the model map has switched on. Correct its names; case counts.'
    expect(await reload(models)).toMatchObject({ lastError: help, snapshot: { models: [] } })
    expect(models.lines).toContainEqual({ level: 'warn', event: 'no_models', fields: { help } })
    expect((await reload(models, true)).lastError).toBeNull()
  })

  test('does not replace a working map if it names no model of the map', async () => {
    const models = withList('["a"]')
    await reload(models)
    writeFileSync(listFile, '["z"]')
    expect(await reload(models)).toMatchObject({
      lastError: expect.stringMatching(/^MODEL_LIST_FILE names no model .* The map in use was kept\./),
      snapshot: { models: ['a'] },
    })
  })

  test('offers every model and becomes the last error if it is a variable with JSON of another kind', async () => {
    const models = instance({ MODEL_LIST: '{"a": 1}' })
    expect(await reload(models)).toMatchObject({
      lastError: expect.stringMatching(/^MODEL_LIST is no JSON array of names/),
      snapshot: { models: ['a', 'b'] },
    })
  })
})

test('logs the variable that names the file if an instance has no model', async () => {
  const models = createInstance({})
  await models.current()
  const help = expect.stringContaining('Set MODEL_PROVIDER_MAP_FILE to the path')
  expect(models.lines).toContainEqual({ level: 'warn', event: 'no_models', fields: { help } })
})

test('the log of a load names the field and the provider that are near unknown ones', async () => {
  const api_base = 'https://a.example'
  writeFileSync(
    mapFile,
    JSON.stringify({ a: { api_base, maxTokens: 5, colour: 'red', provider: 'kimmi' }, b: { provider: 'groqq' } }),
  )
  const models = instance()
  await models.current()
  const getFields = (event: string) => models.lines.find((line) => line.event === event)?.fields
  expect(getFields('model_fields_unknown')).toEqual({ fields: 'maxTokens (did you mean max_tokens?), colour' })
  expect(getFields('provider_unknown')?.['help']).toContain("Did you mean 'kimi'?")
  expect(getFields('model_rejected')?.['reason']).toContain("Did you mean 'groq'?")
})
