import { expect, test } from '@jest/globals'
import { createSeal, isSealed } from '../../../shared/wires/responses/seal.ts'

const owner = { model: 'm', userId: 'u1' }
const text = '想一想。Two files, one test. '.repeat(40)
const { seal, open } = createSeal('secret', owner)

test('a sealed text is opened by the same user and model, on every instance (R192)', () => {
  const sealed = seal(text)
  expect(open(sealed)).toBe(text)
  expect(createSeal('secret', { ...owner }).open(sealed)).toBe(text)
  expect(open(seal(''))).toBe('')
})

test('a sealed text shows nothing of the text, differs each time, and is shorter than a long text', () => {
  const [one, two] = [seal(text), seal(text)]
  expect(one).not.toBe(two)
  expect(one.length).toBeLessThan(text.length)
  expect(Buffer.from(one.slice('cbgw1.'.length), 'base64url').toString()).not.toContain('Two files')
})

test.each([
  ['another user', createSeal('secret', { ...owner, userId: 'u2' })],
  ['a user without id', createSeal('secret', { ...owner, userId: null })],
  ['another model', createSeal('secret', { ...owner, model: 'n' })],
  ['another secret', createSeal('other', owner)],
])('a sealed text is closed to %s (R192)', (_, other) => {
  expect(other.open(seal(text))).toBeUndefined()
})

test('a text that is not sealed, or was changed, is not opened', () => {
  const sealed = seal(text)
  const at = sealed.length - 4
  const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
  for (const wrong of ['', 'gAAAAA', 'cbgw1.', 'cbgw1.AAAA', `cbgw1.${'A'.repeat(60)}`, sealed.slice(0, -8), changed])
    expect(open(wrong)).toBeUndefined()
  expect([isSealed(sealed), isSealed('gAAAAA')]).toEqual([true, false])
})
