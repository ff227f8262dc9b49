import { appendFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readCloudbaserc } from '../../scripts/cloud/settings/cloudbaserc.ts'
import { functions } from '../../scripts/functions.ts'
import { deployedVariables } from '../cloud/deployed-variables.ts'
import { type DeploymentRig, deploymentRig, listSecrets } from '../cloud/deployment-rig.ts'
import { expectSettings } from '../cloud/expect-settings.ts'
import { type Finished, finished, quickWaits } from '../cloud/project.ts'

let rig: DeploymentRig
let all: Finished

const cli = join(dirname(createRequire(__filename).resolve('@cloudbase/cli/package.json')), 'bin', 'tcb')

/** Runs the real CLI, from the project's folder. */
const tcb = (...args: string[]): Promise<Finished> =>
  finished(process.execPath, [cli, ...args], {
    cwd: rig.gateway.folder,
    env: { PATH: process.env['PATH'], ...rig.cloud.environment, ...quickWaits },
  })

/** Makes the built code of a function another one. */
const touch = (name: string): void =>
  appendFileSync(join(rig.gateway.folder, 'dist/functions', name, 'index.js'), '\n// another version\n')

const getRevision = (name: string): number => rig.cloud.state.functions.get(name)?.revision ?? 0

beforeAll(async () => {
  rig = await deploymentRig()
  rig.gateway.configure(rig.variables)
  await tcb('login', '--apiKeyId', rig.cloud.state.secretId, '--apiKey', rig.cloud.state.secretKey)
  all = await tcb('fn', 'deploy', '--all', '--yes')
}, 600_000)

afterAll(() => rig.close())

describe('tcb fn deploy --all with the unchanged cloudbaserc.json', () => {
  test('deploys every function, prints no secret and exits with 0', () => {
    expect([...rig.cloud.state.functions.keys()].sort()).toEqual(functions.map(({ name }) => name).sort())
    for (const secret of listSecrets(rig.variables)) expect(all.output).not.toContain(secret)
    expect(all.code).toBe(0)
  })

  test.each(readCloudbaserc('.', {}))(
    'gives $name its type, runtime, timeout, memory, concurrency and timers',
    (settings) => {
      expectSettings(rig.cloud, settings)
      const { name, triggers = [] } = settings
      const { triggers: deployed } = rig.cloud.state.functions.get(name) ?? {}
      expect(deployed).toEqual(
        triggers.map((row) => ({ TriggerName: row.name, TriggerDesc: row.config, Type: 'timer' })),
      )
    },
  )

  test.each(functions.map(({ name }) => name))('gives %s the values of .env as plain strings', (name) => {
    const settings = readCloudbaserc('.', rig.variables).find((row) => row.name === name)
    const variables = deployedVariables(rig.cloud, name)
    const set = variables.filter(({ Value }) => Value !== '')
    expect(variables.every(({ Value }) => typeof Value === 'string')).toBe(true)
    expect(Object.fromEntries(set.map(({ Key, Value }) => [Key, Value]))).toEqual(settings?.envVariables)
  })

  test('uploads code that starts, with an executable scf_bootstrap', async () => {
    for (const { name, kind } of functions) {
      const { files } = rig.cloud.functions.unpacked(name)
      expect(files.some(({ isSymlink }) => isSymlink)).toBe(false)
      if (kind === 'HTTP') expect(files.find((file) => file.name === 'scf_bootstrap')?.mode).toBe(0o755)
    }
    const reply = await fetch(`${await rig.cloud.functions.getUrl('llm-health')}/health`)
    expect(reply.status).toBe(200)
  })

  test('deploys functions that npm run doctor accepts', async () => {
    const { output } = await rig.run('doctor', [])
    const parts = output.split('security rules')[0] ?? ''
    expect(parts).not.toContain('✗')
    expect(parts).toMatch(/✓ llm-models: no mark of npm run deploy, code \w{12}, 20 s, 256 MB/)
  }, 120_000)
})

describe('tcb fn deploy llm-chat-completions', () => {
  test('deploys the function again', async () => {
    const before = getRevision('llm-chat-completions')
    const { code } = await tcb('fn', 'deploy', 'llm-chat-completions', '--yes')
    expect(code).toBe(0)
    expect(getRevision('llm-chat-completions')).toBeGreaterThan(before)
    expect((await fetch(`${await rig.cloud.functions.getUrl('llm-chat-completions')}/`)).status).toBe(405)
  }, 120_000)

  test('exits with 0 after a failed upload, which npm run doctor reports', async () => {
    touch('llm-chat-completions')
    const before = rig.cloud.state.functions.get('llm-chat-completions')?.zip
    rig.cloud.state.faults.push({ action: 'PutObject', times: 1_000, error: 'cut' })
    const failed = await tcb('fn', 'deploy', 'llm-chat-completions', '--yes')
    rig.calm()
    expect(failed.code).toBe(0)
    expect(rig.cloud.state.functions.get('llm-chat-completions')?.zip).toEqual(before)
    const { code, output } = await rig.run('doctor', [])
    expect(output).toMatch(/✗ llm-chat-completions: differs: code \(of unknown version\)/)
    expect(code).toBe(1)
  }, 120_000)
})

describe('npm run deploy', () => {
  test('updates functions that the CLI has deployed', async () => {
    const { code, output } = await rig.deploy()
    expect(output).toContain('function llm-chat-completions: update: code (of unknown version)')
    expect(code).toBe(0)
    expect((await rig.deploy()).output).toContain('function llm-chat-completions: nothing to do')
  }, 120_000)

  test('replaces code that the CLI has deployed since, and reports it', async () => {
    const ours = rig.cloud.state.functions.get('llm-usage')?.zip
    touch('llm-usage')
    expect((await tcb('fn', 'deploy', 'llm-usage', '--yes')).code).toBe(0)
    expect(rig.cloud.state.functions.get('llm-usage')?.params['Description']).toMatch(/^LLM gateway/)
    rig.gateway.restore('llm-usage')
    const { output } = await rig.deploy()
    expect(output).toMatch(
      /function llm-usage: update: code .*changed in the console or by the CLI after the last deployment/,
    )
    expect(rig.cloud.state.functions.get('llm-usage')?.zip).toEqual(ours)
  }, 120_000)
})
