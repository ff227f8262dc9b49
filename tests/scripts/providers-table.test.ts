import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { findMapFaults } from '../../scripts/cloud/settings/model-map-file.ts'
import { createEntry, providersTable } from '../../scripts/docs/providers-table.ts'
import { presetNames } from '../../shared/protocol/provider-presets.ts'

test('the entries of docs/providers.md are all understood by the gateway, as they are', () => {
  const folder = mkdtempSync(join(tmpdir(), 'providers-'))
  const map = Object.fromEntries(presetNames.map((name) => [`model-of-${name}`, createEntry(name)]))
  writeFileSync(join(folder, 'model_map.json'), JSON.stringify(map))
  const faults = findMapFaults(folder, { CLOUDBASE_ENV_ID: 'env-1', ALLOW_PRIVATE_UPSTREAMS: 'true' })
  rmSync(folder, { recursive: true })
  expect(faults).toEqual([])
})

test.each(['en', 'zh'] as const)('the table in %s has a row for each preset, whose entry is JSON', (language) => {
  const entries = [...providersTable(language).matchAll(/`("MODEL": \{.*\})` \|$/gm)].map(([, entry]) => entry)
  expect(entries).toHaveLength(presetNames.length)
  for (const entry of entries) expect(JSON.parse(`{${entry}}`)).toHaveProperty('MODEL.provider')
})
