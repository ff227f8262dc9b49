import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'

const parts = ['docs', 'examples/miniprogram', 'cloudbaserc.json', 'shared/gateway', 'tests/project']
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'docs-tool-'))
  for (const part of parts) cpSync(part, join(folder, part), { recursive: true })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs `npm run docs` in a checkout that holds this model map. */
const docs = async (map: string, ...words: string[]): Promise<{ output: string; code: number | null }> => {
  writeFileSync(join(folder, 'model_map.json'), map)
  const child = spawn(process.execPath, [...getScriptArguments('scripts/docs/main.ts'), ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { output, code }
}

const files = [
  'docs/configuration.md',
  'docs/reliability.zh-CN.md',
  'docs/architecture.md',
  'cloudbaserc.json',
  '.env.example',
]

const untouched = (): string[] => files.map((name) => written(name))

const written = (name: string): string => readFileSync(join(folder, name), 'utf8')

test('npm run docs gives the functions the key variables of a preset', async () => {
  expect(await docs('{"m": {"provider": "qwen"}}')).toEqual({ code: 0, output: '' })
  for (const name of ['DASHSCOPE_API_KEY', 'QWEN_API_KEY'])
    expect(written('cloudbaserc.json')).toContain(`"${name}": "{{env.${name}}}"`)
  expect(written('.env.example')).toContain(
    '# Key of models in model_map.json; or set QWEN_API_KEY.\nDASHSCOPE_API_KEY=\n',
  )
})

test.each([
  [
    'a model map that is no JSON',
    '{"m": ',
    [],
    1,
    /^\n✗ model_map\.json is not a JSON object\. Correct its syntax\.\n$/,
  ],
  ['an option', '{}', ['--all'], 2, /^There is no option --all\.\n\nnpm run docs\n/],
  ['a word', '{}', ['README.md'], 2, /^'README\.md' is an argument too many\./],
])('npm run docs with %s says so in a line and writes nothing', async (_, map, words, code, said) => {
  const before = untouched()
  expect(await docs(map, ...words)).toEqual({ code, output: expect.stringMatching(said) })
  expect(untouched()).toEqual(before)
})

test('npm run docs -- --help says what it does, and does not do it', async () => {
  const before = untouched()
  expect(await docs('{"m": {"provider": "kimi"}}', '--help')).toEqual({
    code: 0,
    output: expect.stringMatching(/^npm run docs\n/),
  })
  expect(untouched()).toEqual(before)
})
