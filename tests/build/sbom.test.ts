import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createBill, readBill } from '../../scripts/build/sbom.ts'
import { functions } from '../../scripts/functions.ts'

const bill = readBill()

describe('the bill of the built functions', () => {
  test('accounts for every file of every function (R72)', () => {
    for (const { name } of functions) {
      const built = readdirSync(join('dist/functions', name)).filter((file) => file.endsWith('.js'))
      const accounted = readdirSync(join('dist/metafiles', name)).map((file) => file.replace(/json$/, 'js'))
      expect(accounted.sort()).toEqual(built.sort())
    }
  })

  test.each(functions.map(({ name }) => name))(
    'lists no development package in %s: not manager-node, openai, OpenTelemetry or a tool',
    (name) => {
      const packages = bill[name] ?? []
      expect(packages.filter(({ dev }) => dev)).toEqual([])
      const strangers =
        /^(@cloudbase\/(manager-node|cli|js-sdk)|openai|@opentelemetry\/.*|typescript|tsup|jest.*|request)$/
      expect(packages.map((one) => one.name).filter((one) => strangers.test(one))).toEqual([])
    },
  )

  test('lists every version, and every licence except for two CloudBase packages that declare none', () => {
    const packages = Object.values(bill).flat()
    expect(packages.filter(({ version }) => version === '?')).toEqual([])
    const unnamed = new Set(packages.filter(({ licence }) => licence === '?').map(({ name }) => name))
    expect([...unnamed].sort()).toEqual(['@cloudbase/signature-nodejs', '@cloudbase/wx-cloud-client-sdk'])
  })

  test('lists the packages that the functions use, each in a file of its own (R72)', () => {
    const chat = Object.fromEntries(
      (bill['llm-chat-completions'] ?? []).map((one) => [one.name, Object.keys(one.files)]),
    )
    expect(chat['zod']).toEqual(['index.js'])
    expect(chat['mysql2']).toEqual(['mysql2-errors.js', 'mysql2-promise.js'])
    expect(chat['@cloudbase/node-sdk']).toEqual(['cloudbase-node-sdk.js'])
    expect(chat['aws-jwt-verify']).toEqual(['aws-jwt-verify.js'])
  })
})

test('marks a development package by the lockfile entry of its innermost folder', () => {
  const inputs = { 'node_modules/a/node_modules/@b/c/x.js': { bytesInOutput: 5 }, 'shared/x.ts': { bytesInOutput: 7 } }
  const lockfile = { packages: { 'node_modules/a/node_modules/@b/c': { version: '1.2.3', license: 'MIT', dev: true } } }
  expect(createBill([{ outputs: { 'dist/index.js': { inputs } } }], lockfile)).toEqual([
    { name: '@b/c', version: '1.2.3', licence: 'MIT', dev: true, files: { 'index.js': 5 } },
  ])
})
