import { expect } from '@jest/globals'
import type { FunctionSettings } from '../../scripts/cloud/settings/cloudbaserc.ts'
import type { TencentCloud } from '../../testing/stand-ins/tencent-cloud/tencent-cloud.ts'

/** Expects a function in the cloud to have the type, runtime, timeout, memory and concurrency that `cloudbaserc.json` gives it. */
export const expectSettings = ({ state }: TencentCloud, settings: FunctionSettings): void => {
  const { name, type, runtime, timeout, memorySize, instanceConcurrencyConfig } = settings
  const params = state.functions.get(name)?.params ?? {}
  expect(params).toMatchObject({ Runtime: runtime, Timeout: timeout, MemorySize: memorySize })
  expect(params['InstallDependency']).toBe('FALSE')
  expect(params['Type'] ?? 'Event').toBe(type)
  const { maxConcurrency: MaxConcurrency } = (instanceConcurrencyConfig ?? {}) as { maxConcurrency?: number }
  const concurrency = MaxConcurrency && { DynamicEnabled: 'FALSE', MaxConcurrency }
  expect(params['InstanceConcurrencyConfig']).toEqual(concurrency)
}
