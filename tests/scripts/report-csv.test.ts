import { expect, test } from '@jest/globals'
import { formatReportCsv } from '../../scripts/usage/report-csv.ts'
import type { UsageTotals } from '../../shared/usage/store/totals.ts'

const counts = { records: 1, estimated: 0, orphans: 0, undelivered: 0, dead: 0, points: -5, cost_nano: 0 }
const tokens = { prompt_tokens: 1, cached_tokens: 0, completion_tokens: 1, total_tokens: 2 }

const format = (user: string): string => {
  const totals: UsageTotals = { group: { user_id: user }, ...counts, ...tokens }
  const csv = formatReportCsv(['user_id'], [totals])
  return csv.slice(csv.indexOf('\r\n') + 2)
}

test.each([
  ['=1+1', "'=1+1,"],
  ['+1', "'+1,"],
  ['-1', "'-1,"],
  ['@SUM(A1)', "'@SUM(A1),"],
  ['\t=1', "'\t=1,"],
  ['\r=1', `"'\r=1",`],
  ['=1,"2"', `"'=1,""2""",`],
  ['a=1', 'a=1,'],
])('a cell of CSV with the text %j is no formula of a spreadsheet, and numbers stay numbers', (user, start) => {
  const line = format(user)
  expect(line.slice(0, start.length)).toBe(start)
  expect(line.endsWith(',0,1,0,1,2,-5,0\r\n')).toBe(true)
})
