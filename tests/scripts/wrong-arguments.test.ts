import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { findCommand, parseArguments } from '../../scripts/command-line/parse-arguments.ts'
import { UsageError } from '../../scripts/command-line/usage-error.ts'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

/** The tools of package.json that take arguments: the names and the files. */
const tools = Object.entries(scripts).flatMap(([name, command]) => {
  const file = /tsx (?:\S+ )?(\S+\/(?:main|sizes)\.ts)/.exec(command)?.[1]
  return file === undefined ? [] : [[name, file] as const]
})

test('knows the tools', () => {
  const names = 'deploy doctor smoke undeploy models usage docs sizes bench fuzz soak chaos chat key help start dev'
  expect(tools.map(([name]) => name)).toEqual(expect.arrayContaining(names.split(' ')))
})

describe('a tool that gets wrong arguments', () => {
  test.each(tools)(
    'prints the problem and the usage and exits with 2: npm run %s',
    (name, file) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file, '--nonsense'], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], LC_ALL: 'C' },
        timeout: 120_000,
      })
      expect(stderr).toMatch(/^(There is no option|Unknown argument) --nonsense\./)
      expect(stderr).toMatch(new RegExp(`\\n\\nnpm (run )?${name === 'dev' ? 'start' : name}\\b`))
      expect(stderr).not.toMatch(/\n {4}at /)
      expect([status, stdout]).toEqual([2, ''])
    },
    130_000,
  )
})

describe('parseArguments', () => {
  const options = { seconds: { type: 'string', default: '1' }, yes: { type: 'boolean', short: 'y' } } as const
  const parse = (...args: string[]) => parseArguments(args, { options, help: 'npm run x', positionals: 1 })

  test.each([
    [['--secnods', '5'], 'There is no option --secnods. Did you mean --seconds?'],
    [['--y'], 'There is no option --y.'],
    [['-z'], 'There is no option -z.'],
    [['--toString'], 'There is no option --toString.'],
    [['--seconds'], '--seconds needs a value.'],
    [['--seconds', '--yes'], '--seconds needs a value.'],
    [['--yes=1'], '--yes takes no value.'],
    [['a', 'b'], "'b' is an argument too many."],
    [['a', '--', '--b'], "'--b' is an argument too many."],
  ])('rejects %j with the problem and the usage', (args, problem) => {
    expect(() => parse(...args)).toThrow(new UsageError(problem, 'npm run x'))
  })

  test.each([
    [[], { seconds: '1' }, []],
    [['-y', '--seconds', '5', 'a'], { seconds: '5', yes: true }, ['a']],
    [['--seconds=-5', '--', '--a'], { seconds: '-5' }, ['--a']],
  ])('parses %j', (args, values, positionals) => {
    const parsed = parse(...args)
    expect({ ...parsed.values }).toEqual(values)
    expect(parsed.positionals).toEqual(positionals)
  })

  test('speaks Chinese in a Chinese locale', () => {
    const before = process.env['LC_ALL']
    process.env['LC_ALL'] = 'zh_CN.UTF-8'
    try {
      expect(() => parse('--secnods')).toThrow('没有 --secnods 这个选项。是否想写 --seconds？')
    } finally {
      if (before === undefined) delete process.env['LC_ALL']
      else process.env['LC_ALL'] = before
    }
  })
})

test('findCommand names all commands, or the one that is near', () => {
  const commands = { report: 1, redrive: 2 }
  expect(findCommand('report', commands, '')).toBe(1)
  expect(() => findCommand(undefined, commands, 'help')).toThrow(
    new UsageError('Name a command: report, redrive.', 'help'),
  )
  expect(() => findCommand('raport', commands, 'help')).toThrow("There is no command 'raport'. Did you mean report?")
  expect(() => findCommand('constructor', commands, 'help')).toThrow("There is no command 'constructor'.\n")
})
