import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'

interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, LockedPackage>
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>

describe('the lockfile', () => {
  test('holds every platform’s packages, or npm ci refuses it on a machine of another kind', () => {
    const locked = new Set(Object.keys(packages).map((path) => path.replace(/.*node_modules\//, '')))
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter((name) => !locked.has(name))
    expect(missing).toEqual([])
  })

  test('names no registry', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([])
  })

  test.each([
    ['axios', [0, 31, 1]],
    ['form-data', [4, 0, 4]],
    ['mysql2', [3, 9, 8]],
  ] as const)('holds %s at or above the version that mends its known holes', (name, floor) => {
    const versions = Object.entries(packages).filter(([path]) => path.endsWith(`node_modules/${name}`))
    expect(versions.length).toBeGreaterThan(0)
    for (const [, { version = '0' }] of versions) {
      const parts = version.split('.').map(Number)
      const behind = floor.findIndex((part, index) => part !== parts[index])
      expect(behind < 0 || (parts[behind] ?? 0) > (floor[behind] ?? 0)).toBe(true)
    }
  })
})

describe('package.json', () => {
  test.each(['dependencies', 'devDependencies', 'overrides'])('pins every one of its %s exactly', (kind) => {
    for (const version of Object.values(manifest[kind] ?? {})) expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  })
})
