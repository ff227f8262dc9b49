import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'

interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, LockedPackage>
}
/** Finds all copies of a package. */
const findCopies = (name: string): LockedPackage[] =>
  Object.entries(packages).flatMap(([path, locked]) => (path.endsWith(`node_modules/${name}`) ? [locked] : []))

describe('the lockfile', () => {
  test('contains the packages of all platforms, or npm ci would refuse it on another platform', () => {
    const locked = new Set(Object.keys(packages).map((path) => path.replace(/.*node_modules\//, '')))
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter((name) => !locked.has(name))
    expect(missing).toEqual([])
  })

  test('contains no registry address', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([])
  })

  test.each([
    ['axios', [0, 31, 1]],
    ['form-data', [4, 0, 4]],
    ['mysql2', [3, 9, 8]],
    ['fast-xml-parser', [4, 4, 1]],
    ['tough-cookie', [4, 1, 3]],
    ['follow-redirects', [1, 15, 6]],
    ['jsonwebtoken', [9, 0, 0]],
    ['xml2js', [0, 5, 0]],
    ['ajv', [6, 14, 0]],
  ] as const)('contains %s in a version without its known vulnerabilities (R71)', (name, floor) => {
    const versions = findCopies(name)
    expect(versions.length).toBeGreaterThan(0)
    for (const { version = '0' } of versions) {
      const parts = version.split('.').map(Number)
      const behind = floor.findIndex((part, index) => part !== parts[index])
      expect(behind < 0 || (parts[behind] ?? 0) > (floor[behind] ?? 0)).toBe(true)
    }
  })

  test('contains packages whose vulnerabilities no compatible version fixes for development only (R71)', () => {
    for (const name of ['request', 'conf', 'ajv']) {
      expect(findCopies(name).length).toBeGreaterThan(0)
      expect(findCopies(name).filter(({ dev }) => !dev)).toEqual([])
    }
  })
})

describe.each(['package.json', 'tests/clients/package.json', 'bench/peers/package.json'])('%s', (path) => {
  test('pins every package exactly (R71)', () => {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string>>
    const versions = ['dependencies', 'devDependencies', 'overrides'].flatMap((kind) =>
      Object.values(manifest[kind] ?? {}),
    )
    expect(versions.length).toBeGreaterThan(0)
    for (const version of versions) expect(version).toMatch(/^(npm:(@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+$/)
  })
})

test('makes the peer dependency of the deployer optional', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, unknown>>
  expect(Object.keys(manifest['peerDependencies'] ?? {})).toEqual(['@opentelemetry/api'])
  expect(manifest['peerDependenciesMeta']).toEqual({ '@opentelemetry/api': { optional: true } })
})
