import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { functions } from '../../scripts/functions.ts'

interface Metafile {
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, { bytesInOutput: number }>> }>>
}

/** The sources of which a built function has bytes, in its entry or in any of its parts. */
const listSources = (name: string): readonly string[] => {
  const folder = join('dist/metafiles', name)
  const metafiles = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Metafile)
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) => Object.entries(output.inputs)),
  )
  return inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path.replaceAll('\\', '/')] : []))
}

const wires = readdirSync('shared/wires').filter((name) => name !== 'fields')

/** The function that serves each wire. */
const servers = new Map(wires.map((wire) => [`llm-${wire}`, wire]))

describe('the built functions', () => {
  test('have one for each wire', () => {
    const names = functions.map(({ name }) => name)
    expect([...servers.keys()].filter((name) => !names.includes(name))).toEqual([])
    expect(wires).toContain('messages')
  })

  test.each(functions.map(({ name }) => name))('hold no byte of a wire that they do not serve: %s (R195)', (name) => {
    const held = listSources(name).flatMap((path) => /^shared\/wires\/([^/]+)\//.exec(path)?.[1] ?? [])
    const served = servers.get(name)
    expect([...new Set(held)].filter((wire) => wire !== 'fields')).toEqual(served === undefined ? [] : [served])
    if (served === undefined) expect(held).toEqual([])
  })

  test('call providers in a wire of their own only in the functions of the wires that some providers speak (R195)', () => {
    const isNative = (path: string): boolean => /^shared\/providers\/native-[\w-]+\.ts$/.test(path)
    const holders = functions.map(({ name }) => name).filter((name) => listSources(name).some(isNative))
    expect(holders.sort()).toEqual(['llm-messages', 'llm-responses'])
  })
})
