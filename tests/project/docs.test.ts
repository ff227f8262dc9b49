import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { toCloudFailure } from '../../scripts/cloud/client/cloud-failure.ts'
import { withVariables } from '../../scripts/docs/cloudbaserc.ts'
import { envExample } from '../../scripts/docs/env-example.ts'
import { withConfiguration } from '../../scripts/docs/readme.ts'
import { variableDocs } from '../../scripts/docs/variable-docs.ts'

describe('the READMEs', () => {
  test.each([
    ['README.md', 'english'],
    ['README.zh-CN.md', 'chinese'],
  ] as const)('%s has the table of variables that the code declares (npm run docs)', (file, language) => {
    const readme = readFileSync(file, 'utf8')
    expect(withConfiguration(readme, language)).toBe(readme)
  })

  test('cannot lose the markers of that table unnoticed', () => {
    expect(() => withConfiguration('# no markers', 'english')).toThrow(TypeError)
  })

  test('name no file of records or reports that git would take up', () => {
    const ignored = readFileSync('.gitignore', 'utf8').split('\n')
    for (const name of ['usage.jsonl', 'usage-report.svg']) {
      expect(readFileSync('README.md', 'utf8')).toContain(name)
      expect(ignored).toContain(name)
    }
  })

  test('say of the proxy what the tools go by', () => {
    const advice = toCloudFailure(new Error('ECONNREFUSED')).advice
    for (const text of [
      advice,
      ...['docs/deploy.md', 'docs/deploy.zh-CN.md'].map((name) => readFileSync(name, 'utf8')),
    ]) {
      expect(text).toContain('http_proxy')
      expect(text).not.toContain('https_proxy')
    }
  })

  test('begin with the two commands that this repository promises', () => {
    for (const file of ['README.md', 'README.zh-CN.md']) {
      const blocks = [...readFileSync(file, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block?.trim())
      expect(blocks[0]).toBe('npm ci && npm run dev')
      expect(blocks).toContain('npm ci && npm test')
    }
  })
})

describe('the variables', () => {
  test('are each documented in English and in Chinese', () => {
    const docs = variableDocs('shared/gateway/config/environment.ts', 'environmentSchema')
    expect(docs.length).toBeGreaterThan(15)
    for (const { english, chinese } of docs) {
      expect(english).not.toMatch(/[\u4e00-\u9fff]/)
      expect(chinese).toMatch(/[\u4e00-\u9fff]/)
    }
  })
})

describe('the files of a deployment', () => {
  test('.env.example has every variable that can be deployed (npm run docs)', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(envExample())
  })

  test('.env.example has the variables that the tools alone read, and no function gets them', () => {
    const example = readFileSync('.env.example', 'utf8')
    for (const name of [
      'GATEWAY_TOKEN',
      'PROBE_TOKEN',
      'PROBE_BLOCKED_TOKEN',
      'PROBE_PUBLISHABLE_KEY',
      'PROBE_OTHER_ORIGIN',
    ])
      expect(example).toContain(`\n${name}=\n`)
    expect(readFileSync('cloudbaserc.json', 'utf8')).not.toMatch(/GATEWAY_TOKEN|PROBE_/)
  })

  test('cloudbaserc.json gives every function the variables it reads (npm run docs)', () => {
    const file = readFileSync('cloudbaserc.json', 'utf8')
    expect(withVariables(file)).toBe(file)
  })

  test('cloudbaserc.json gives no function a variable that it does not read', () => {
    const { functions: rows } = JSON.parse(readFileSync('cloudbaserc.json', 'utf8'))
    const given = (name: string): string[] =>
      Object.keys(rows.find((row: { name: string }) => row.name === name).envVariables)
    expect(given('llm-usage-flush').filter((name) => /KEY$|^(AUTH|CORS|UPSTREAM)_|_FILE$/.test(name))).toEqual([
      'CLOUDBASE_APIKEY',
    ])
    expect(given('llm-models').filter((name) => /^(USAGE|POINTS|BILLING|USER|UPSTREAM)_/.test(name))).toEqual([])
    expect(given('llm-admin-reload').filter((name) => /^(AUTH|USAGE|POINTS|BILLING|USER)_/.test(name))).toEqual([])
  })

  test('give the key pair that deploys to no function', () => {
    expect(readFileSync('cloudbaserc.json', 'utf8')).not.toContain('TENCENTCLOUD_')
  })

  test('keep what a user has set in cloudbaserc.json', () => {
    const own = { name: 'llm-health', timeout: 7, vpc: { vpcId: 'v' }, envVariables: { LOG_LEVEL: 'debug' } }
    const { functions: rows } = JSON.parse(withVariables(JSON.stringify({ functions: [own] })))
    expect(rows[0]).toMatchObject(own)
    expect(rows[0].envVariables).toHaveProperty('CORS_ORIGINS', '{{env.CORS_ORIGINS}}')
  })
})
