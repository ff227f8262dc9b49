import { describe, expect, test } from '@jest/globals'
import { runEventFunction } from '../../testing/rig/killable-function.ts'

const environment = {
  LOG_LEVEL: 'error',
  DISABLE_AUTH: 'true',
  MODEL_PROVIDER_MAP: '{"m": {"api_base": "https://a.example.com"}}',
  MODEL_PROVIDER_MAP_FILE: '',
}

describe.each(['llm-config-reload', 'llm-usage-flush'])('the caller of %s', (name) => {
  test.each([
    ['the event', { userInfo: { openId: 'o', appId: 'a' } }, {}],
    ['the JSON text of context.environment', {}, { environment: '{"TCB_UUID":"u","TCB_ENV":"e"}' }],
    ['context.environment as an object', {}, { environment: { TCB_CUSTOM_USER_ID: 'c' } }],
    ['context.environ', {}, { environ: 'TCB_ENV=e;WX_OPENID=o;SCF_NAMESPACE=n' }],
    ['context.environ beside an empty context.environment', {}, { environment: '{}', environ: 'TCB_UUID=u' }],
    ['text of context.environ with = in it', {}, { environ: 'A=b=c;TCB_ISANONYMOUS_USER=true' }],
  ])('is rejected if %s names a user of the app', async (_, event, context) => {
    const denied = { ok: false, code: 'PERMISSION_DENIED' }
    expect(await runEventFunction(name, environment, event, context)).toMatchObject(denied)
  })

  test.each([
    ['no variables', {}],
    [
      'variables without a user',
      { environment: '{"TCB_UUID":"","TCB_ENV":"e"}', environ: 'TCB_ENV=e;WX_OPENID=;TCB_UUID' },
    ],
    ['variables that cannot be read', { environment: '{', environ: 7 }],
  ])('is accepted if the context has %s', async (_, context) => {
    expect(await runEventFunction(name, environment, {}, context)).toMatchObject({ ok: true })
  })
})
