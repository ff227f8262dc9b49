import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { functions } from '../../scripts/functions.ts'

interface DeployedFunction {
  readonly name: string
  readonly type: string
  readonly triggers?: readonly { readonly name: string; readonly config: string }[]
  readonly envVariables: Readonly<Record<string, unknown>>
}

const { functions: deployed } = JSON.parse(readFileSync('cloudbaserc.json', 'utf8')) as {
  functions: DeployedFunction[]
}

describe('the lists of functions', () => {
  test('have one row a folder of functions/', () => {
    expect(functions.map(({ folder }) => folder).sort()).toEqual(readdirSync('functions').sort())
  })

  test('agree in name and kind with cloudbaserc.json', () => {
    expect(deployed.map(({ name, type }) => ({ name, kind: type }))).toEqual(
      functions.map(({ name, kind }) => ({ name, kind })),
    )
  })

  test('agree in timers with cloudbaserc.json', () => {
    for (const row of functions) {
      const triggers = deployed.find(({ name }) => name === row.name)?.triggers ?? []
      const timers = row.kind === 'Event' ? [{ name: row.timer.name, type: 'timer', config: row.timer.cron }] : []
      expect(triggers).toEqual(timers)
    }
  })

  test.each(['README.md', 'README.zh-CN.md'])('are all in the table of %s', (file) => {
    const readme = readFileSync(file, 'utf8')
    for (const row of functions) {
      expect(readme).toContain(`\`${row.name}\``)
      if (row.kind === 'HTTP') for (const route of row.routes) expect(readme).toContain(route)
    }
  })
})

test('docs/architecture.md names every file that a built function is made of', () => {
  const architecture = readFileSync('docs/architecture.md', 'utf8')
  const files = functions.flatMap(({ name }) => readdirSync(`dist/functions/${name}`))
  const named = [...new Set(files)].filter((file) => architecture.includes(`\`${file}\``))
  expect(named).toEqual([...new Set(files)])
})

describe('cloudbaserc.json', () => {
  test('holds every environment value as a plain string, because the CLI turns anything else into what the cloud refuses', () => {
    for (const { envVariables } of deployed) {
      for (const value of Object.values(envVariables)) {
        expect(typeof value).toBe('string')
        expect(value).not.toMatch(/[{[].*"/)
      }
    }
  })

  test('takes each value from a variable that .env.example names', () => {
    const example = readFileSync('.env.example', 'utf8')
    const named = [...readFileSync('cloudbaserc.json', 'utf8').matchAll(/\{\{env\.(\w+)\}\}/g)].map(([, name]) => name)
    expect(named.length).toBeGreaterThan(0)
    for (const name of named) expect(example).toMatch(new RegExp(`^${name}=`, 'm'))
  })
})
