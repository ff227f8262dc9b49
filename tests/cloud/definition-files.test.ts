import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { unzipSync } from 'fflate'
import { packFunction } from '../../scripts/cloud/functions/function-package.ts'
import { readDefinitionFiles } from '../../scripts/cloud/settings/definition-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'definitions-'))
afterAll(() => rmSync(folder, { recursive: true }))

const quota = { name: 'a', unit: 'requests', window: 'day', per: 'user', limit: 1 }
mkdirSync(join(folder, 'code'))
mkdirSync(join(folder, 'config'))
writeFileSync(join(folder, 'code/index.js'), '// built')
writeFileSync(join(folder, 'config/quotas.json'), JSON.stringify([quota]))
writeFileSync(join(folder, 'words.txt'), 'word')
writeFileSync(join(folder, 'broken.json'), '[{}]')

test('packs the files of quotas and words with a function, under the paths that it reads', () => {
  const files = readDefinitionFiles(folder, { QUOTAS_FILE: './config/quotas.json', MODERATION_WORDS_FILE: 'words.txt' })
  const plain = packFunction(join(folder, 'code'))
  const packed = packFunction(join(folder, 'code'), files)
  expect(Object.keys(unzipSync(packed.zip)).sort()).toEqual(['config/quotas.json', 'index.js', 'words.txt'])
  expect(packed.digest).not.toBe(plain.digest)
  expect(packFunction(join(folder, 'code'), readDefinitionFiles(folder, {})).digest).toBe(plain.digest)
})

test.each([
  ['missing.json', 'QUOTAS_FILE names a file that cannot be read.'],
  ['broken.json', "QUOTAS_FILE, quota 1: 'name' is missing."],
  ['../quotas.json', 'Deployed functions need a file in the folder of the gateway.'],
  [join(folder, 'config/quotas.json'), 'Deployed functions need a file in the folder of the gateway.'],
])('stops a deployment whose quotas are in %s', (path, problem) => {
  expect(() => readDefinitionFiles(folder, { QUOTAS_FILE: path })).toThrow(problem)
})

test('stops a deployment whose quotas count by key while KEYS is off', () => {
  writeFileSync(
    join(folder, 'keys.json'),
    '[{"name": "k", "unit": "requests", "window": "day", "per": "key", "limit": 1}]',
  )
  const variables = { QUOTAS_FILE: 'keys.json' }
  expect(() => readDefinitionFiles(folder, variables)).toThrow("A quota with 'per' key needs KEYS=on")
  expect(Object.keys(readDefinitionFiles(folder, { ...variables, KEYS: 'on' }))).toEqual(['keys.json'])
})
