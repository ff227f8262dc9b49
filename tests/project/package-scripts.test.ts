import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { commandGroups } from '../../scripts/help/commands.ts'
import { formatHelp } from '../../scripts/help/format-help.ts'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

describe('npm run help', () => {
  test('lists every script of package.json once', () => {
    const listed = commandGroups.flatMap(({ commands }) => Object.keys(commands))
    expect(listed.sort()).toEqual(Object.keys(scripts).sort())
  })

  test.each(['en', 'zh'] as const)('describes every command in the language %s', (language) => {
    const lines = formatHelp(language).split('\n')
    for (const name of Object.keys(scripts)) {
      const [line = ''] = lines.filter((candidate) => candidate.startsWith(`  npm run ${name} `))
      const text = line.slice(`  npm run ${name} `.length).trim()
      expect(/[\u4e00-\u9fff]/.test(text.replace(/"你好"/, ''))).toBe(language === 'zh')
    }
  })

  test.each([
    ['C', 'Deploy and operate'],
    ['zh_CN.UTF-8', '部署与运维'],
  ])('speaks the language of LC_ALL=%s', (locale, title) => {
    const output = execFileSync(process.execPath, ['--import', 'tsx', 'scripts/help/main.ts'], {
      env: { ...process.env, LC_ALL: locale },
      encoding: 'utf8',
    })
    expect(output).toContain(`${title}\n  npm run deploy `)
  })
})

describe('the scripts of package.json', () => {
  const programs = ['biome', 'jest', 'knip', 'node', 'npm', 'tsc', 'tsup', 'tsx']

  test.each(Object.entries(scripts))('run %s in every shell, cmd.exe included: %s', (_, script) => {
    for (const command of script.split(' && ')) {
      // No variables before the program, no quotes, substitutions, redirections or paths with a leading dot.
      expect(command).toMatch(/^[a-z]+( [\w:./-]+)*$/)
      expect(command).not.toMatch(/(^| )\.\.?\//)
      expect(programs).toContain(command.split(' ')[0])
    }
  })
})
