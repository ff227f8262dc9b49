import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { controlFields } from '../../shared/protocol/call.ts'

test.each([
  ['docs/http-api.md', 'Withheld fields'],
  ['docs/http-api.zh-CN.md', '不转发的字段'],
])('%s names every request field that is not forwarded, and no other', (page, title) => {
  const [, rest = ''] = readFileSync(page, 'utf8').split(`\n## ${title}\n`)
  const [section = ''] = rest.split('\n## ')
  const named = [...section.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name)
  expect(named.filter((name) => name !== 'default_params').sort()).toEqual([...controlFields].sort())
})
