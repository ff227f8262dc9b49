import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from '@jest/globals'
import { operations } from '../../../shared/protocol/operations.ts'

/** The one pipeline, which admits each call and checks its texts. */
const pipeline = 'shared/gateway/relay/relay.ts'

/** The files that send requests to providers. */
const senders = ['shared/providers/provider.ts', 'shared/providers/transport/http-transport.ts']

type Read = (file: string) => string

const readSource: Read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')

/** The files that a file loads when it runs, also those that it loads late. Types are not loaded. */
const listImports = (file: string, source: string): string[] =>
  [
    ...source.matchAll(
      /(?:import|export)(?! type)\s+(?:\{(?<names>[^}]*)\}\s+)?[^'"\n]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/g,
    ),
  ]
    .filter(({ groups }) => !groups?.['names']?.split(',').every((name) => /^\s*(type\s.*)?$/.test(name)))
    .map(([, , early, late]) => normalize(join(dirname(file), early ?? late ?? '')))

/** Finds how a function reaches a provider without the pipeline. Returns the last file before the provider's room; undefined: it
 *  does not. */
const findBypass = (entry: string, read: Read = readSource): string | undefined => {
  const seen = new Set([entry])
  for (const file of seen) {
    if (file === pipeline) continue
    for (const next of listImports(file, read(file))) {
      if (senders.includes(next)) return file
      seen.add(next)
    }
  }
  return undefined
}

const entries = readdirSync('functions').map((folder) => `functions/${folder}/index.ts`)

test('no function calls a provider but through the check of admission (R111)', () => {
  expect(entries.map((entry) => [entry, findBypass(entry)]).filter(([, bypass]) => bypass)).toEqual([])
})

test('every operation has a function, whose calls go through the pipeline (R111)', () => {
  const served = entries.flatMap((entry) => /relay\('([^']+)'/.exec(readSource(entry))?.[1] ?? [])
  expect(served.sort()).toEqual(Object.keys(operations).sort())
  expect(listImports(pipeline, readSource(pipeline))).toEqual(expect.arrayContaining([senders[0]]))
  expect(readSource(pipeline)).toMatch(/await admit\(/)
})

test.each([
  ['a provider', "import { createProvider } from '../../shared/providers/provider.ts'"],
  ['a provider, late', "await import('../../shared/providers/provider.ts')"],
  ['a file of the gateway that calls one', "import { planted } from '../../shared/gateway/planted.ts'"],
])('a function that loads %s without the check is found (R111)', (_, source) => {
  const planted: Readonly<Record<string, string>> = {
    'functions/planted/index.ts': source,
    'shared/gateway/planted.ts': "import { type A, createProvider } from '../providers/provider.ts'",
  }
  expect(findBypass('functions/planted/index.ts', (file) => planted[file] ?? readSource(file))).toBeDefined()
})

test('a function that loads nothing but types of a provider is none of them', () => {
  const source = "import type { Provider } from '../../shared/providers/provider.ts'"
  const read: Read = (file) => (file === 'functions/planted/index.ts' ? source : readSource(file))
  expect(findBypass('functions/planted/index.ts', read)).toBeUndefined()
})
