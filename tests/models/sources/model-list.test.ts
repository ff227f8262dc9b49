import { describe, expect, test } from '@jest/globals'
import { parseModelList } from '../../../shared/models/sources/model-list.ts'

describe('parseModelList', () => {
  test.each([
    ['a,b', ['a', 'b']],
    [' a , b ,, ', ['a', 'b']],
    ['a，b, c', ['a', 'b', 'c']],
    ['glm-4.5', ['glm-4.5']],
    ['"a,b"', ['a', 'b']],
    ['["a","b"]', ['a', 'b']],
    ['[" a ", 7]', [' a ', '7']],
    ['[]', []],
    ['["a", {"toString": 0}, ["b"], null]', ['a']],
    ['[a,b]', ['[a', 'b]']],
    ['Qwen/Qwen3-8B,模型', ['Qwen/Qwen3-8B', '模型']],
  ])('reads %s as the original reads it', (text, names) => expect(parseModelList(text)).toEqual(names))

  test.each([undefined, '', '  ', '123', '{"a": 1}', 'true', 'null'])(
    'returns undefined for %s, so that the names of the model map count',
    (text) => expect(parseModelList(text)).toBeUndefined(),
  )
})
