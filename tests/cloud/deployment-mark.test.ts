import { describe, expect, test } from '@jest/globals'
import { formatMark, readMark } from '../../scripts/cloud/functions/deployment-mark.ts'
import {
  findFunctionChanges,
  getWantedFunction,
  isChangedElsewhere,
  isForeign,
} from '../../scripts/cloud/functions/function-changes.ts'
import type { FunctionState } from '../../scripts/cloud/functions/function-state.ts'
import { readCloudbaserc } from '../../scripts/cloud/settings/cloudbaserc.ts'

const [settings] = readCloudbaserc('.', { CLOUDBASE_ENV_ID: 'shop-1a2b3c', LOG_LEVEL: 'warn' })
if (!settings) throw new Error('cloudbaserc.json has no function')

const wanted = getWantedFunction(settings, '0.2.0-rc.1', 'abcdef012345')

/** The state of the function right after its deployment. */
const deployed: FunctionState = {
  type: settings.type,
  runtime: settings.runtime,
  status: 'Active',
  reason: '',
  timeout: settings.timeout,
  memorySize: settings.memorySize,
  maxConcurrency: undefined,
  description: formatMark(wanted.mark),
  environment: {
    CLOUDBASE_ENV_ID: 'shop-1a2b3c',
    LOG_LEVEL: 'warn',
    MODEL_PROVIDER_MAP_FILE: 'model_map.json',
    MODEL_LIST_FILE: 'model_list.json',
  },
  timers: [],
}

describe('the mark of a deployment', () => {
  test('is the same when it is read back, in characters that the cloud accepts', () => {
    expect(formatMark(wanted.mark)).toMatch(/^[\w., ]+$/)
    expect(readMark(formatMark(wanted.mark))).toEqual(wanted.mark)
    expect(readMark('LLM gateway 0.1.0, code abcdef012345')?.code).toBe('abcdef012345')
    expect(readMark('orders of the shop')).toBeUndefined()
  })

  test('shows no change right after a deployment', () => {
    expect(findFunctionChanges(wanted, deployed)).toEqual([])
    expect(isChangedElsewhere(deployed)).toBe(false)
    expect(isForeign(deployed)).toBe(false)
  })

  test.each([
    ['another code', { ...wanted, mark: { ...wanted.mark, code: '0123' } }, deployed, ['code (of 0.2.0.rc.1)']],
    ['another version', getWantedFunction(settings, '0.3.0', 'abcdef012345'), deployed, ['code (of 0.2.0.rc.1)']],
    [
      'a VPC in cloudbaserc.json',
      getWantedFunction({ ...settings, vpc: { vpcId: 'v', subnetId: 's' } }, '0.2.0-rc.1', 'abcdef012345'),
      deployed,
      ['settings of cloudbaserc.json'],
    ],
    ['another concurrency', wanted, { ...deployed, maxConcurrency: 1 }, ['concurrency 1 → 50']],
    ['a failed update', wanted, { ...deployed, status: 'UpdateFailed' }, ['status UpdateFailed']],
    [
      'a timeout that an operator has set, and then distrusts the code as well',
      wanted,
      { ...deployed, timeout: 60 },
      ['code (of 0.2.0.rc.1)', 'timeout 60 → 10 s'],
    ],
    [
      'a deployment by the CLI, which leaves no mark',
      wanted,
      { ...deployed, description: '' },
      ['code (of unknown version)'],
    ],
  ] as const)('shows %s', (...[, target, state, changes]) => {
    expect(findFunctionChanges(target, state)).toEqual(changes)
  })

  test('distinguishes a function of the app from ours', () => {
    expect(isForeign({ ...deployed, description: 'orders', environment: { SHOP: 'open' } })).toBe(true)
    expect(isForeign({ ...deployed, description: '', environment: { CLOUDBASE_ENV_ID: 'shop-1a2b3c' } })).toBe(false)
  })
})
