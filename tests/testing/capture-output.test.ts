import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { findTokenLines } from '../../testing/servers/capture-output.ts'

test('finds the output lines with a token, and no others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'output-'))
  writeFileSync(join(folder, '1.log'), '{"event":"request"}\n{"x":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"}\n')
  writeFileSync(join(folder, '2.log'), 'authorization: Bearer abcdefghij\n{"help":"Send it as a bearer token"}\n')
  const found = findTokenLines(folder)
  rmSync(folder, { recursive: true })
  expect(found).toHaveLength(2)
})
