import { expect, test } from '@jest/globals'
import { withTokenBound } from '../../scripts/cloud/smoke/with-token-bound.ts'

/** Makes a call that fails with these codes in turn, and then succeeds. Returns the bounds of its attempts and its result. */
const callWith = async (...codes: string[]) => {
  const bounds: object[] = []
  const result = await withTokenBound(8, (bound) => {
    const code = codes[bounds.length]
    bounds.push(bound)
    return code === undefined ? Promise.resolve('ok') : Promise.reject(Object.assign(new Error(code), { code }))
  }).catch((error: unknown) => (error as Error).message)
  return { bounds, result }
}

test('Calls with the bound, without it if the model takes none, and only once after any other failure', async () => {
  const bound = { max_tokens: 8 }
  expect(await callWith()).toEqual({ bounds: [bound], result: 'ok' })
  expect(await callWith('unsupported_parameter')).toEqual({ bounds: [bound, {}], result: 'ok' })
  expect(await callWith('upstream_error')).toEqual({ bounds: [bound], result: 'upstream_error' })
  expect(await callWith('unsupported_parameter', 'upstream_error')).toEqual({
    bounds: [bound, {}],
    result: 'upstream_error',
  })
})
