import { expect, test } from '@jest/globals'
import { getCloudbaseApp } from '../../shared/drivers/cloudbase.ts'

const access = { envId: 'env-1', region: 'ap-shanghai', credentials: { accessKey: 'key-of-a-test' } }

test('makes one app per access, for all who ask at once or later', async () => {
  const apps = await Promise.all([getCloudbaseApp(access), getCloudbaseApp({ ...access })])
  expect(apps[1]).toBe(apps[0])
  expect(await getCloudbaseApp(access)).toBe(apps[0])
})

test.each([
  ['environment', { ...access, envId: 'env-2' }],
  ['region', { ...access, region: 'ap-guangzhou' }],
  ['key', { ...access, credentials: { accessKey: 'another-key' } }],
  ['kind of key', { ...access, credentials: { secretId: 'id', secretKey: 'key-of-a-test' } }],
])('makes another app for another %s', async (_, other) => {
  expect(await getCloudbaseApp(other)).not.toBe(await getCloudbaseApp(access))
})
