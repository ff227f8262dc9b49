import { describe, expect, test } from '@jest/globals'
import { recoverOptions } from '../../scripts/command-line/npm-options.ts'
import { parseArguments } from '../../scripts/command-line/parse-arguments.ts'

const options = { 'dry-run': { type: 'boolean' }, model: { type: 'string' }, yes: { type: 'boolean' } } as const
const recover = (args: readonly string[], environment: Record<string, string>) =>
  recoverOptions(args, options, { LC_ALL: 'C', npm_lifecycle_event: 'deploy', ...environment })

describe('an option that npm kept for itself', () => {
  test.each<[Record<string, string>, string[]]>([
    [{ npm_config_dry_run: 'true' }, ['--dry-run', 'word']],
    [{ npm_config_model: 'glm-4.5' }, ['--model=glm-4.5', 'word']],
    [{ npm_config_dry_run: '', npm_config_yes: '' }, ['word']],
    [{ npm_config_loglevel: 'silent' }, ['word']],
  ])('reaches the command all the same: %j', (environment, args) => {
    expect(recover(['word'], environment)).toEqual({ args })
  })

  test('is not added to the same option of the command', () => {
    const environment = { npm_config_dry_run: 'true', npm_config_model: 'x' }
    const args = ['--dry-run', '--model=y']
    expect(recover(args, environment)).toEqual({ args })
  })

  test.each<[string, Record<string, string>]>([
    ['model', { npm_config_model: 'true' }],
    ['dry-run', { npm_config_dry_run: 'maybe' }],
    ['yes', { npm_config_yes: 'true' }],
  ])('stops the command if it cannot be told what was meant: --%s', (name, environment) => {
    expect(recover([], environment)).toEqual({
      problem: `npm took --${name} for itself. Write npm run deploy -- --${name}; in PowerShell with quotes: npm run deploy '--' --${name}.`,
    })
    expect(recover([], { ...environment, LC_ALL: 'zh_CN' })).toEqual({
      problem: expect.stringMatching(`^--${name} 被 npm 自己读走了。`),
    })
  })

  test('is seen by every command that parses its arguments', () => {
    const parse = () => parseArguments([], { options, help: '' }).values
    process.env['npm_config_dry_run'] = 'true'
    try {
      expect(parse()['dry-run']).toBe(true)
      process.env['npm_config_model'] = 'true'
      expect(parse).toThrow('npm took --model for itself')
    } finally {
      delete process.env['npm_config_dry_run']
      delete process.env['npm_config_model']
    }
  })
})
