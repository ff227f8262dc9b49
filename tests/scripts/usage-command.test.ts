import { expect, test } from '@jest/globals'
import { parseUsageCommand } from '../../scripts/usage/usage-command.ts'

const now = Date.parse('2026-03-01T00:00:00Z')

test('reports the last 30 days by day, by model and by user without options', () => {
  expect(parseUsageCommand(['report'], now)).toEqual({
    by: undefined,
    from: '2026-01-31',
    to: '2026-03-01',
    top: 10,
    chart: 'usage-report.svg',
    csv: undefined,
    file: undefined,
  })
})

test.each([
  [['report', '--by', 'dai'], "--by takes day, model, user, key, separated by commas, not 'dai'."],
  [['report', '--from', 'x'], "--from takes a day such as 2026-01-31, not 'x'."],
  [['report', '--to', '2026-13-45'], "--to takes a day such as 2026-01-31, not '2026-13-45'."],
  [
    ['report', '--from', '2026-02-28', '--to', '2026-02-01'],
    '--from (2026-02-28) must not be after --to (2026-02-01).',
  ],
  [['report', '--from', '2026-03-02'], '--from (2026-03-02) must not be after --to (2026-03-01).'],
  [['report', '--top', '0'], "--top takes a number from 1 to 9999, not '0'."],
  [['report', '--by', ''], "--by takes day, model, user, key, separated by commas, not ''."],
  [[], 'Name a command: report, redrive.'],
  [['repot'], "There is no command 'repot'. Did you mean report?"],
  [['report', '--colour'], 'There is no option --colour.'],
  [['report', '--form', '2026-01-01'], 'There is no option --form. Did you mean --from?'],
  [['report', 'day'], "'day' is an argument too many."],
])('rejects %j and names the problem', (args, message) => {
  expect(() => parseUsageCommand(args, now)).toThrow(message)
})

test.each([[['--help']], [['report', '-h']]])('parses %j as a request for help', (args) => {
  expect(parseUsageCommand(args, now)).toBe('help')
})
