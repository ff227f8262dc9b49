import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { functions } from '../../scripts/functions.ts'
import { matchRoute } from '../../scripts/local/router/match-route.ts'
import { endpoints, optionalEndpoints } from '../../shared/http/unknown-url.ts'

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
      const timers =
        row.kind === 'Event' && row.timer ? [{ name: row.timer.name, type: 'timer', config: row.timer.cron }] : []
      expect(triggers).toEqual(timers)
    }
  })

  test('have each route among the endpoints that a 404 names, but for the alias of js-sdk', () => {
    const listRoutes = (rows: typeof functions) => rows.flatMap((row) => (row.kind === 'HTTP' ? row.routes : []))
    const routes = listRoutes(functions).map((path) => ({ path, target: path }))
    const findRoutes = (lines: readonly string[]) => [
      ...new Set(lines.map((line) => matchRoute(routes, line.split(' ')[1] ?? '')?.target)),
    ]
    const always = listRoutes(functions.filter(({ need }) => !need)).filter((route) => route !== '/ai')
    expect(findRoutes(endpoints).sort()).toEqual(always.sort())
    expect(findRoutes(optionalEndpoints).sort()).toEqual(listRoutes(functions.filter(({ need }) => need)).sort())
  })

  test.each(['README.md', 'README.zh-CN.md'])('have one row each in the table of endpoints of %s', (file) => {
    const rows = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => /^\|.*`llm-/.test(line))
    expect(rows.map((row) => /`(llm-[a-z-]+)`/.exec(row)?.[1]).sort()).toEqual(functions.map(({ name }) => name).sort())
    for (const row of functions) {
      const line = rows.find((line) => line.includes(`\`${row.name}\``))
      if (row.kind === 'HTTP') for (const route of row.routes) expect(line).toContain(route)
    }
  })

  test.each(['docs/http-api.md', 'docs/http-api.zh-CN.md'])('are all named in %s, with their routes', (file) => {
    const page = readFileSync(file, 'utf8')
    for (const row of functions) {
      expect(page).toContain(`\`${row.name}\``)
      if (row.kind === 'HTTP') for (const route of row.routes) expect(page).toContain(route)
    }
  })
})

test('docs/architecture.md names every function', () => {
  const text = readFileSync('docs/architecture.md', 'utf8')
  expect(functions.filter(({ name }) => !text.includes(`\`${name}\``))).toEqual([])
})

test('docs/architecture.md names every file of a built function', () => {
  const architecture = readFileSync('docs/architecture.md', 'utf8')
  const files = new Set(functions.flatMap(({ name }) => readdirSync(`dist/functions/${name}`)))
  expect([...files].filter((file) => !architecture.includes(`\`${file}\``))).toEqual([])
})

describe('cloudbaserc.json', () => {
  test('holds every environment value as a plain string, because the CLI corrupts all other values', () => {
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
