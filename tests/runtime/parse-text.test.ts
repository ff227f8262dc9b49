import { describe, expect, test } from '@jest/globals'
import { parseBoolean, parseList } from '../../shared/runtime/parse-text.ts'

describe('a boolean', () => {
  test.each(['1', 'true', 'T', 'yes', 'Y', ' on '])('is true for %j', (text) => {
    expect(parseBoolean(text)).toBe(true)
  })

  test.each(['0', 'false', 'F', 'no', 'N', ' OFF '])('is false for %j', (text) => {
    expect(parseBoolean(text)).toBe(false)
  })

  test.each(['', 'maybe', '2', 'yes!', 'tr ue'])('is undefined for %j', (text) => {
    expect(parseBoolean(text)).toBeUndefined()
  })
})

describe('a list', () => {
  test.each([
    ['a,b', ['a', 'b']],
    [' a , b ,, ', ['a', 'b']],
    ['模型一，模型二', ['模型一', '模型二']],
    ['a b', ['a b']],
    ['', []],
    [' ， ', []],
  ])('of %j has the items %j', (text, items) => {
    expect(parseList(text)).toEqual(items)
  })
})
