import { expect, test } from '@jest/globals'
import { readConfig } from '../../../shared/gateway/config/config.ts'
import { listModels } from '../../../shared/gateway/list-models.ts'
import { serve } from '../../../shared/http/server.ts'
import { waitForListening } from '../../../testing/servers/loopback-server.ts'
import { onCleanup } from '../../support/on-cleanup.ts'

const start = async (): Promise<string> => {
  const entry = { api_base: 'https://api.example.com/v1', api_key: 'sk-provider-key' }
  const config = readConfig({
    ...{ DISABLE_AUTH: 'true', LOG_LEVEL: 'error', REMOTE_CONFIG_SOURCE: 'none' },
    MODEL_PROVIDER_MAP: JSON.stringify({ a: entry, 'b/c': entry }),
  })
  const server = { ...config.server, host: '127.0.0.1', port: 0 }
  const { url, close } = await waitForListening(serve(listModels({ ...config, server }), server))
  onCleanup(close)
  return url
}

const toModel = (id: string) => ({
  ...{ id, type: 'model', display_name: id, created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
  ...{ lifecycle: 'active', deprecated_at: null, retires_at: null, line: null },
  ...{ capabilities: null, max_input_tokens: null, max_tokens: null },
})

test.each(['2023-06-01', '2026-10-21'])("models have Anthropic's fields, too, for version %s", async (version) => {
  const url = await start()
  const get = async (path: string, headers = {}) => (await fetch(url + path, { headers })).json()
  const headers = { 'anthropic-version': version }
  expect(await get('/v1/models?limit=1000', headers)).toMatchObject({
    ...{ object: 'list', data: [toModel('a'), toModel('b/c')], has_more: false },
    ...{ first_id: 'a', last_id: 'b/c' },
  })
  expect(await get('/v1/models/b%2Fc', headers)).toMatchObject({ object: 'model', ...toModel('b/c') })
  expect(await get('/v1/models')).not.toHaveProperty('has_more')
  expect(await get('/v1/models/a')).not.toHaveProperty('display_name')
})
