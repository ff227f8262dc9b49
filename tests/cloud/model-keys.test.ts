import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { findUnreadVariables } from '../../scripts/cloud/deploy/preflight/unread-variables.ts'
import { readCloudbaserc } from '../../scripts/cloud/settings/cloudbaserc.ts'
import { readModelKeys, withModelKeys } from '../../scripts/cloud/settings/model-keys.ts'
import { readVariables } from '../../scripts/variables/read-variables.ts'

const map = {
  a: { provider: 'siliconflow' },
  b: { api_base: 'https://b.example.com/v1', api_key_env: 'MY_LLM_API_KEY' },
  c: { targets: [{ api_base: 'https://c.example.com/v1', api_key_env: 'FIRST_KEY, SECOND_KEY' }] },
  off: { provider: 'groq', enabled: false },
}

/** Reads what a deployment with this `.env` gives to the functions, and the variables that reach none of them. */
const readKeys = (env: Readonly<Record<string, string>>, shell: Readonly<Record<string, string>> = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'model-keys-'))
  try {
    writeFileSync(join(folder, 'model_map.json'), JSON.stringify(map))
    const functions = ['llm-chat-completions', 'llm-models', 'llm-usage', 'llm-usage-flush', 'llm-wallet'].map(
      (name) => {
        return { name, type: 'HTTP', runtime: 'Nodejs20.19', timeout: 60, memorySize: 256, envVariables: {} }
      },
    )
    writeFileSync(join(folder, 'cloudbaserc.json'), JSON.stringify({ functions }))
    writeFileSync(
      join(folder, '.env'),
      Object.entries(env)
        .map((pair) => `${pair.join('=')}\n`)
        .join(''),
    )
    const variables = readVariables(folder, shell)
    const modelKeys = readModelKeys(folder, variables)
    const settings = withModelKeys(readCloudbaserc(folder, variables), modelKeys, variables)
    const given = Object.fromEntries(settings.map(({ name, envVariables }) => [name, envVariables]))
    return { given, unread: findUnreadVariables(folder, modelKeys).map(({ name }) => name) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const keys = { SILICONFLOW_API_KEY: 'k1', MY_LLM_API_KEY: 'k2', FIRST_KEY: 'k3', SECOND_KEY: 'k4' }
const others = { GROQ_API_KEY: 'k5', OTHER_API_KEY: 'k6', SCW_SECRET_KEY: 'k7' }

test('A deployment gives the keys of the model map to the functions that read it, and no other variable', () => {
  const { given, unread } = readKeys({ ...keys, ...others })
  expect(given).toEqual({
    'llm-chat-completions': keys,
    'llm-models': keys,
    'llm-usage': {},
    'llm-usage-flush': {},
    'llm-wallet': {},
  })
  expect(unread).toEqual(Object.keys(others))
})

test('With a table, it gives them every variable of .env that may hold a key, and none of the shell', () => {
  const table = { REMOTE_CONFIG_SOURCE: 'rdb', CLOUDBASE_APIKEY: 'k8' }
  const foreign = { GITHUB_TOKEN: 'g', MYSQL_PASSWORD: 'p', BILLING_WEBHOOK_TOKEN: 't', SESSION_KEY: 's', NOTES: 'n' }
  const { given } = readKeys({ ...keys, ...others, ...table, ...foreign }, { SHELL_API_KEY: 'k9' })
  expect(given['llm-models']).toEqual({ ...keys, ...others, CLOUDBASE_APIKEY: 'k8' })
  expect(given['llm-usage']).toEqual({})
})

test('A value in cloudbaserc.json and a key of the shell stay as they are', () => {
  const { given } = readKeys({}, { MY_LLM_API_KEY: ' k2 ' })
  expect(given['llm-models']).toEqual({ MY_LLM_API_KEY: 'k2' })
})
