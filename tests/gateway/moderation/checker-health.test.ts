import { describe, expect, test } from '@jest/globals'
import { createHealthDetail } from '../../../shared/gateway/health/health-detail.ts'
import { cloudbaseDatabase } from '../../../testing/stand-ins/cloudbase-database.ts'
import { json } from '../../../testing/stand-ins/provider.ts'
import { startTms, tmsKey } from '../../../testing/stand-ins/text-checkers.ts'
import { onCleanup } from '../../support/on-cleanup.ts'
import { startGuarded } from '../../support/start-guarded.ts'
import { injectDatabase, standInCredentials } from '../../usage/store/stores.ts'

const answer = () => json({ choices: [{ index: 0, message: { content: 'hi' }, finish_reason: 'stop' }] })
const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'secret text' }] }

const startTmsEnvironment = async () => {
  const checker = await startTms()
  onCleanup(checker.close)
  const key = { TMS_SECRET_ID: tmsKey.secretId, TMS_SECRET_KEY: tmsKey.secretKey }
  return { checker, environment: { MODERATION: 'tms', TMS_ORIGIN: checker.url, ...key } }
}

const getHealth = (environment: Record<string, string>) =>
  createHealthDetail({ DISABLE_AUTH: 'true', LOG_LEVEL: 'error', ...environment })()

describe('the health of the checker', () => {
  test('names a service that fails in any function, since when and why, without a text, until it works (R123)', async () => {
    const database = await cloudbaseDatabase()
    onCleanup(database.close)
    Object.assign(process.env, injectDatabase(database))
    const { checker, environment: service } = await startTmsEnvironment()
    const environment = {
      ...service,
      ...{ USAGE_STORE: 'collection', USAGE_COLLECTION: 'usage', CLOUDBASE_ENV_ID: 'test-env' },
      ...{ TENCENTCLOUD_SECRETID: standInCredentials.secretId, TENCENTCLOUD_SECRETKEY: standInCredentials.secretKey },
    }
    const { client } = await startGuarded('chat/completions', answer, { environment })
    expect((await getHealth(environment)).moderation).toMatchObject({ checker: 'tms', state: 'ok', last_error: null })

    const before = Date.now()
    checker.behave({ status: 502, text: 'secret text is bad' })
    await expect(client.chat.completions.create(ask)).rejects.toMatchObject({ code: 'moderation_unavailable' })
    const failing = await getHealth(environment)
    expect(failing.status).toBe('degraded')
    expect(failing.moderation).toMatchObject({ checker: 'tms', state: 'failing', last_error: 'HTTP 502' })
    expect(Date.parse(failing.moderation.failing_since ?? '')).toBeGreaterThanOrEqual(before)
    expect(failing.problems).toContainEqual(
      expect.stringMatching(/^The checker 'tms' has failed since .+: HTTP 502\.$/),
    )
    expect(JSON.stringify(failing)).not.toContain('secret text')

    checker.behave({})
    await client.chat.completions.create(ask)
    expect((await getHealth(environment)).moderation).toMatchObject({ state: 'ok', failing_since: null })
  })

  test('is unknown for a service if the functions share no store', async () => {
    const { environment } = await startTmsEnvironment()
    expect((await getHealth({ ...environment, USAGE_STORE: 'none' })).moderation.state).toBe('unknown')
  })

  test('is ok for words, and off without MODERATION', async () => {
    const words = { MODERATION: 'words', MODERATION_WORDS: 'a word' }
    expect((await getHealth(words)).moderation).toMatchObject({ checker: 'words', state: 'ok' })
    expect((await getHealth({})).moderation).toMatchObject({ checker: 'none', state: 'off' })
  })
})
