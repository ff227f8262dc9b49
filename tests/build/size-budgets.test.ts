import { describe, expect, test } from '@jest/globals'
import {
  type BuiltFunction,
  checkSizes,
  getBudget,
  type Metafile,
  maxArchiveBytes,
  maxFolderBytes,
  measureArchive,
  sumBytesByPackage,
} from '../../scripts/build/size-budgets.ts'
import { functions } from '../../scripts/functions.ts'

const createMetafile = (inputs: Readonly<Record<string, number>>): Metafile => ({
  outputs: {
    'dist/index.js': {
      inputs: Object.fromEntries(Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
    },
  },
})

const built = (name: string, parts: Partial<BuiltFunction> & { readonly entryBytes?: number } = {}): BuiltFunction => ({
  name,
  files: [{ name: 'index.js', content: Buffer.alloc(parts.entryBytes ?? 1_000) }],
  metafile: createMetafile({ 'shared/http/server.ts': 1_000 }),
  ...parts,
})

/** Bytes that no compression makes smaller. */
const noise = (bytes: number): Buffer => {
  const content = Buffer.alloc(bytes)
  let state = 1
  for (let index = 0; index < bytes; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    content[index] = state >>> 24
  }
  return content
}

describe('the size gate', () => {
  test.each([
    ['llm-health', 11],
    ['llm-models', 61],
    ['llm-chat-completions', 170],
    ['llm-admin-reload', 120],
  ])('limits the entry of %s to %d KB', (name, kilobytes) => {
    const fits = checkSizes(built(name, { entryBytes: kilobytes * 1024 }))
    const outgrown = checkSizes(built(name, { entryBytes: kilobytes * 1024 + 1 }))
    expect(fits.problems).toEqual([])
    expect(outgrown.problems).toEqual([`its entry has ${kilobytes * 1024 + 1} bytes, 1 over its limit`])
  })

  test('measures the whole folder, including files that are loaded later', () => {
    const later = { name: 'mysql2-promise.js', content: Buffer.alloc(maxFolderBytes) }
    const { files } = built('llm-models')
    const { problems, folder } = checkSizes(built('llm-models', { files: [...files, later] }))
    expect(folder).toBe(maxFolderBytes + 1_000)
    expect(problems).toEqual([`its folder has ${maxFolderBytes + 1_000} bytes, 1000 over its limit`])
  })

  test('measures the archive after compression', () => {
    const later = { name: 'data.bin', content: noise(maxArchiveBytes) }
    const { problems } = checkSizes(built('llm-models', { files: [later] }))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain('its archive')
    expect(measureArchive([{ name: 'zeros', content: Buffer.alloc(maxArchiveBytes) }])).toBeLessThan(10_000)
  })

  test('names a package in an entry that may not hold it', () => {
    const metafile = createMetafile({
      'node_modules/zod/v4/core/core.js': 10,
      'node_modules/@cloudbase/node-sdk/a.js': 20,
    })
    expect(checkSizes(built('llm-chat-completions', { metafile })).problems).toEqual([
      '@cloudbase/node-sdk (20 bytes) is in its entry: load it on first use',
    ])
    expect(checkSizes(built('llm-health', { metafile })).problems).toHaveLength(2)
  })

  test('allows packages in the entries of the relays only', () => {
    const relays = [
      'llm-chat-completions',
      'llm-completions',
      'llm-embeddings',
      'llm-rerank',
      'llm-messages',
      'llm-responses',
    ]
    for (const { name } of functions) {
      expect([name, getBudget(name).packages]).toEqual([name, relays.includes(name) ? ['zod'] : []])
    }
  })
})

describe('the packages in an entry', () => {
  test('are named, with their bytes', () => {
    const metafile = createMetafile({
      'shared/protocol/sse.ts': 5,
      'node_modules/zod/v4/core/a.js': 10,
      'node_modules/zod/v4/core/b.js': 20,
      'node_modules/openai/shaken-out.js': 0,
      'node_modules/one/node_modules/@scope/two/c.js': 40,
    })
    expect([...sumBytesByPackage(metafile)]).toEqual([
      ['', 5],
      ['zod', 30],
      ['@scope/two', 40],
    ])
  })
})
