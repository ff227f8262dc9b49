import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { toCloudFailure } from '../../scripts/cloud/client/cloud-failure.ts'
import { withVariables } from '../../scripts/docs/cloudbaserc.ts'
import { gatewayDocs } from '../../scripts/docs/deployed-variables.ts'
import { generateFiles } from '../../scripts/docs/generated-files.ts'
import { replaceSection } from '../../scripts/docs/marked-section.ts'
import { chineseTexts } from '../../scripts/docs/variables.zh.ts'

const readmes = ['README.md', 'README.zh-CN.md']

/** Every Markdown page of the project, as a path from the root. */
const pages = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'))

const readPage = (name: string): string => readFileSync(name, 'utf8')

describe('generated files', () => {
  test.each(Object.entries(generateFiles('.')))('%s is up to date (npm run docs)', (file, text) => {
    expect(readPage(file)).toBe(text)
  })

  test('a page that lost its markers is an error', () => {
    expect(() => replaceSection('# no markers', 'configuration', 'text')).toThrow(TypeError)
  })
})

describe.each(readmes)('%s', (file) => {
  const lines = readPage(file).trimEnd().split('\n')

  test('can be read in five minutes: at most 150 lines of 120 characters, and 1,300 words', () => {
    expect(lines.length).toBeLessThanOrEqual(150)
    expect(lines.filter((line) => line.length > 120)).toEqual([])
    expect(readPage(file).split(/\s+/).length).toBeLessThanOrEqual(1_300)
  })

  test('begins with npm run dev and names npm test', () => {
    const blocks = [...readPage(file).matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block?.trim())
    expect(blocks[0]).toBe('npm ci\nnpm run dev')
    expect(blocks[1]).toMatch(/^npm run chat -- "[^"$`]+"$/)
    expect(blocks).toContain('npm ci\nnpm test')
  })

  test('names the first version of Node that has all that the tools use, as package.json does', () => {
    const { engines } = JSON.parse(readPage('package.json')) as { readonly engines: { readonly node: string } }
    expect(engines.node).toBe('^20.19.0 || >=22.12.0')
    expect(readPage(file)).toContain('Node 20.19')
  })

  test('has commands that can be pasted into any shell, and one request for bash', () => {
    const blocks = [...readPage(file).matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
    expect(blocks.filter((block) => block.startsWith('curl -N'))).toHaveLength(1)
    const lines = blocks.filter((block) => !block.startsWith('curl')).flatMap((block) => block.trim().split('\n'))
    for (const line of lines) expect(line).toMatch(/^npm [\w :./-]*("[^"$`]+")?$/)
  })

  test('names only variables that exist', () => {
    const named = [...readPage(file).matchAll(/^\| `([A-Z][A-Z0-9_]+)` \|/gm)].map(([, name = '']) => name)
    expect(named).toHaveLength(10)
    expect(named.filter((name) => !(name in chineseTexts))).toEqual([])
  })
})

describe('pages', () => {
  test.each(pages)('%s links only to files and headings that exist', (page) => {
    const links = [...readPage(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    const broken = links.filter((link) => !link.includes('://') && !isGoodLink(page, link))
    expect(broken).toEqual([])
  })

  test.each(pages)('%s has no comment in its commands, because cmd.exe and zsh pass it on as arguments', (page) => {
    const blocks = [...readPage(page).matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
    expect(blocks.filter((block) => /(^|\s)#/m.test(block))).toEqual([])
  })

  test.each(pages.filter((page) => page !== 'CHANGELOG.md'))('%s names only source paths that exist', (page) => {
    const named = [
      ...readPage(page).matchAll(
        /(?<![\w./-])((?:shared|tests|scripts|testing|bench|functions|examples)\/[\w./-]*\w)/g,
      ),
    ]
    const inRooms = [
      ...readPage(page).matchAll(
        /`((?:runtime|drivers|protocol|http|auth|models|providers|limits|usage|gateway)\/[\w./-]+\.ts)`/g,
      ),
    ]
    const paths = [...named.map(([, path = '']) => path), ...inRooms.map(([, path = '']) => `shared/${path}`)]
    expect(paths.filter((path) => !existsSync(path))).toEqual([])
  })

  test('exist in Chinese with as many sections, unless they are for developers', () => {
    const forDevelopers = ['docs/architecture.md', 'docs/performance.md', 'CHANGELOG.md', 'CONTRIBUTING.md']
    const forUsers = pages.filter((page) => !/zh-CN|decisions/.test(page) && !forDevelopers.includes(page))
    expect(forUsers.length).toBeGreaterThan(10)
    const countSections = (page: string): number => (readPage(page).match(/^#+ /gm) ?? []).length
    for (const page of forUsers) {
      expect([page, countSections(page.replace('.md', '.zh-CN.md'))]).toEqual([page, countSections(page)])
    }
  })

  test('name every error code of the gateway in docs/http-api*.md', () => {
    const union = /type ErrorCode =\n(?: {2}\| '\w+'\n)+/.exec(readPage('shared/protocol/errors.ts'))?.[0] ?? ''
    const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code)
    expect(codes.length).toBeGreaterThan(25)
    for (const page of ['docs/http-api.md', 'docs/http-api.zh-CN.md'])
      expect(codes.filter((code) => !readPage(page).includes(`\`${code}\``))).toEqual([])
  })

  test.each(['docs/errors.md', 'docs/errors.zh-CN.md'])(
    'have a row for every error code, and for no other, in %s',
    (page) => {
      const union = /type ErrorCode =\n(?: {2}\| '\w+'\n)+/.exec(readPage('shared/protocol/errors.ts'))?.[0] ?? ''
      const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code)
      const rows = [...readPage(page).matchAll(/^\| `(\w+)` \| [^|]+ \| [^|]+ \|$/gm)].map(([, code]) => code)
      expect(rows.sort()).toEqual(codes.sort())
    },
  )

  test('list every decision in docs/decisions/README.md', () => {
    const index = readPage('docs/decisions/README.md')
    const decisions = readdirSync('docs/decisions').filter((name) => name !== 'README.md')
    expect(decisions.filter((name) => !index.includes(`](${name}) |`))).toEqual([])
  })

  test('name no file of records or reports that git would add', () => {
    const ignored = readPage('.gitignore').split('\n')
    for (const name of ['usage.jsonl', 'usage-report.svg']) {
      expect(readPage('docs/usage.md')).toContain(name)
      expect(ignored).toContain(name)
    }
  })

  test('give the advice about the proxy that the tools follow', () => {
    const advice = toCloudFailure(new Error('ECONNREFUSED')).advice
    for (const text of [advice, ...['docs/deploy.md', 'docs/deploy.zh-CN.md'].map(readPage)]) {
      expect(text).toContain('http_proxy')
      expect(text).not.toContain('https_proxy')
    }
  })
})

describe('variables', () => {
  test('have an English text of at most 360 characters and a Chinese one', () => {
    const docs = gatewayDocs()
    expect(docs.map(({ name }) => name).sort()).toEqual(Object.keys(chineseTexts).sort())
    for (const { english } of docs) {
      expect(english.length).toBeLessThanOrEqual(360)
      expect(english).not.toMatch(/[\u4e00-\u9fff]/)
    }
    for (const text of Object.values(chineseTexts)) expect(text).toMatch(/[\u4e00-\u9fff]|Webhook/)
  })
})

describe('files of a deployment', () => {
  test('.env.example has the variables of the tools, and no function gets them', () => {
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

  test('cloudbaserc.json gives each function only the variables that it reads', () => {
    const { functions: rows } = JSON.parse(readFileSync('cloudbaserc.json', 'utf8'))
    const given = (name: string): string[] =>
      Object.keys(rows.find((row: { name: string }) => row.name === name).envVariables)
    expect(given('llm-usage-flush').filter((name) => /KEY$|^(AUTH|CORS|UPSTREAM)_|_FILE$/.test(name))).toEqual([
      'CLOUDBASE_APIKEY',
    ])
    expect(given('llm-models').filter((name) => /^(USAGE|POINTS|BILLING|USER|UPSTREAM)_/.test(name))).toEqual([
      'USAGE_STORE',
      'USAGE_COLLECTION',
      'USAGE_TABLE',
    ])
    expect(given('llm-admin-reload').filter((name) => /^(AUTH|USAGE|POINTS|BILLING|USER)_/.test(name))).toEqual([])
  })

  test('cloudbaserc.json gives the key pair that deploys to no function', () => {
    expect(readFileSync('cloudbaserc.json', 'utf8')).not.toContain('TENCENTCLOUD_')
  })

  test('cloudbaserc.json keeps the values that a user has set', () => {
    const own = { name: 'llm-health', timeout: 7, vpc: { vpcId: 'v' }, envVariables: { LOG_LEVEL: 'debug' } }
    const { functions: rows } = JSON.parse(withVariables(JSON.stringify({ functions: [own] })))
    expect(rows[0]).toMatchObject(own)
    expect(rows[0].envVariables).toHaveProperty('CORS_ORIGINS', '{{env.CORS_ORIGINS}}')
  })
})

/** Whether a relative link leads to a file, and its fragment to a heading, by GitHub's rule for anchors. */
const isGoodLink = (page: string, link: string): boolean => {
  const [path = '', fragment] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(target)) return false
  if (fragment === undefined) return true
  const headings = [...readPage(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => toAnchor(heading))
  return headings.includes(decodeURIComponent(fragment))
}

const toAnchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
