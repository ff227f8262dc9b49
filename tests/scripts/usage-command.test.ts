import { expect, test } from '@jest/globals'
import { usageCommand } from '../../scripts/usage/usage-command.ts'

const now = Date.parse('2026-03-01T00:00:00Z')

test('a report without options adds up the last 30 days by day and model', () => {
  expect(usageCommand(['report'], now)).toEqual({
    by: ['day', 'model'],
    from: '2026-01-31',
    to: '2026-03-01',
    chart: 'usage-report.svg',
  })
})

test.each([
  [['report', '--by', 'dai'], "--by takes day, model, user, separated by commas, not 'dai'."],
  [['report', '--from', 'x'], "--from takes a day such as 2026-01-31, not 'x'."],
  [['report', '--to', '2026-13-45'], "--to takes a day such as 2026-01-31, not '2026-13-45'."],
  [
    ['report', '--from', '2026-02-28', '--to', '2026-02-01'],
    '--from (2026-02-28) must not be after --to (2026-02-01).',
  ],
  [['report', '--from', '2026-03-02'], '--from (2026-03-02) must not be after --to (2026-03-01).'],
  [[], 'Say what to do: report or redrive.'],
  [['repot'], 'Say what to do: report or redrive.'],
  [['report', '--colour'], "Unknown option '--colour'"],
])('%j is refused by name', (args, message) => {
  expect(() => usageCommand(args, now)).toThrow(message)
})

test.each([[['--help']], [['report', '-h']]])('%j asks for help', (args) => {
  expect(usageCommand(args, now)).toBe('help')
})
