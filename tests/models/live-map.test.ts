import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Instance, instanceOf } from '../support/instance-of.ts'

const folder = mkdtempSync(join(tmpdir(), 'live-map-'))
const mapFile = join(folder, 'model_map.json')
afterAll(() => rmSync(folder, { recursive: true }))

const entry = '{"api_base": "https://a.example"}'
const fromVariable = `{"from-variable": ${entry}}`

const instance = (environment: Record<string, string> = {}): Instance =>
  instanceOf({ MODEL_PROVIDER_MAP_FILE: mapFile, ...environment })
const reload = (of: Instance, force = false) => of.reload({ force })

describe('a broken file of the model map', () => {
  beforeEach(() => writeFileSync(mapFile, '{"glm-4.5":'))

  test.each([
    ['nothing else', {}, []],
    ['the variable’s map', { MODEL_PROVIDER_MAP: fromVariable }, ['from-variable']],
  ])('is the last error of an instance that has %s', async (_, environment, models) => {
    const broken = expect.stringMatching(/^MODEL_PROVIDER_MAP_FILE is not valid JSON/)
    for (const force of [false, true]) {
      const status = await reload(instance(environment), force)
      expect(status).toMatchObject({ lastError: broken, refused: true, snapshot: { models } })
    }
    const asked = instance(environment)
    expect((await asked.current()).models).toEqual(models)
    expect(asked.status().lastError).toEqual(broken)
  })

  test('is no error any more once it is mended', async () => {
    const models = instance()
    await reload(models)
    writeFileSync(mapFile, `{"a": ${entry}}`)
    expect(await reload(models)).toMatchObject({ lastError: null, refused: false, snapshot: { models: ['a'] } })
  })
})
