import { describe, expect, test } from '@jest/globals'
import { parseArguments } from '../../scripts/command-line/parse-arguments.ts'
import { findLostOption } from '../../scripts/npm-options.ts'

const names = ['dry-run', 'model', 'yes']

describe('an option that npm took for itself', () => {
  const npm = { npm_lifecycle_event: 'deploy', npm_config_dry_run: 'true', LC_ALL: 'C' }

  test('is named, with the way to write it in every shell', () => {
    expect(findLostOption([], names, npm)).toBe(
      "npm took --dry-run for itself. Write npm run deploy -- --dry-run; in PowerShell with quotes: npm run deploy '--' --dry-run.",
    )
    expect(findLostOption(['tiny'], names, { ...npm, npm_config_dry_run: '', npm_config_model: 'true' })).toMatch(
      /^npm took --model /,
    )
  })

  test('is named in Chinese in a Chinese locale', () => {
    expect(findLostOption([], names, { ...npm, LC_ALL: 'zh_CN' })).toMatch(/^--dry-run 被 npm 自己读走了。/)
  })

  test.each([
    ['the command got it', ['--dry-run'], npm],
    ['the command got it with a value', ['--model=x'], { npm_config_model: 'x' }],
    ['npm set it to nothing', [], { npm_config_yes: '' }],
    ['it belongs to another program', [], { npm_config_loglevel: 'silent' }],
  ])('is not reported if %s', (_, args, environment) => {
    expect(findLostOption(args, names, environment)).toBeUndefined()
  })

  test('stops a command before it runs', () => {
    process.env['npm_config_dry_run'] = 'true'
    try {
      const options = { 'dry-run': { type: 'boolean', default: false } } as const
      expect(() => parseArguments([], { options, help: '' })).toThrow('npm took --dry-run for itself')
      expect(parseArguments(['--dry-run'], { options, help: '' }).values['dry-run']).toBe(true)
    } finally {
      delete process.env['npm_config_dry_run']
    }
  })
})
