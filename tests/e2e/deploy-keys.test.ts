import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { deployedVariables } from '../cloud/deployed-variables.ts'
import { type DeploymentRig, deploymentRig } from '../cloud/deployment-rig.ts'

let rig: DeploymentRig

beforeAll(async () => {
  rig = await deploymentRig({ SILICONFLOW_API_KEY: 'key-of-a-new-preset', MY_LLM_API_KEY: 'key-under-a-free-name' })
}, 120_000)

afterAll(() => rig.close())

const getKeys = (name: string): Record<string, unknown> =>
  Object.fromEntries(
    deployedVariables(rig.cloud, name)
      .filter(({ Key }) => /^(SILICONFLOW|MY_LLM)_API_KEY$/.test(Key))
      .map(({ Key, Value }) => [Key, Value]),
  )

test('npm run deploy gives the functions the keys of new models, and npm run doctor agrees', async () => {
  const map = {
    preset: { provider: 'siliconflow', upstream_model: 'Qwen/Qwen3-8B' },
    free: { api_base: 'https://llm.example.com/v1', api_key_env: 'MY_LLM_API_KEY' },
  }
  writeFileSync(join(rig.gateway.folder, 'model_map.json'), JSON.stringify(map))
  const { code, output } = await rig.deploy()
  expect(output).not.toMatch(/MY_LLM_API_KEY|SILICONFLOW_API_KEY/)
  expect(code).toBe(0)
  const { SILICONFLOW_API_KEY, MY_LLM_API_KEY } = rig.variables
  for (const name of ['llm-chat-completions', 'llm-completions', 'llm-models', 'llm-admin-reload', 'llm-config-reload'])
    expect(getKeys(name)).toEqual({ SILICONFLOW_API_KEY, MY_LLM_API_KEY })
  for (const name of ['llm-usage', 'llm-usage-flush']) expect(getKeys(name)).toEqual({})
  const report = await rig.run('doctor', [])
  expect(report.output).toMatch(/MY_LLM_API_KEY: is set, for \d functions/)
  expect(report.output).not.toMatch(/environment [+~−]/)
}, 240_000)
