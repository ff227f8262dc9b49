import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { functions } from '../../scripts/functions.ts'
import { type Finished, finished, type Project, project } from '../deploy/project.ts'
import { startTencentCloud, type TencentCloud } from '../stand-ins/tencent-cloud/tencent-cloud.ts'

let cloud: TencentCloud
let gateway: Project

const cli = join(dirname(createRequire(__filename).resolve('@cloudbase/cli/package.json')), 'bin', 'tcb')

/** Runs the real CLI, from the project's folder. */
const tcb = (...args: string[]): Promise<Finished> =>
  finished(process.execPath, [cli, ...args], {
    cwd: gateway.folder,
    env: { PATH: process.env['PATH'], ...cloud.environment },
  })

beforeAll(async () => {
  cloud = await startTencentCloud()
  gateway = project(cloud)
  gateway.configure({
    CLOUDBASE_ENV_ID: cloud.state.envId,
    GATEWAY_ADMIN_KEY: 'an-admin-key-of-some-length',
    GLM_API_KEY: 'glm-key-of-the-provider',
  })
  await tcb('login', '--apiKeyId', cloud.state.secretId, '--apiKey', cloud.state.secretKey)
}, 90_000)

afterAll(async () => {
  gateway.remove()
  await cloud.close()
})

describe('the CloudBase CLI', () => {
  test('deploys all functions with cloudbaserc.json as it is', async () => {
    const { code, output } = await tcb('fn', 'deploy', '--all', '--yes')
    expect(output).not.toContain('an-admin-key-of-some-length')
    expect(code).toBe(0)
    expect([...cloud.state.functions.keys()].sort()).toEqual(functions.map(({ name }) => name).sort())
    for (const row of functions) {
      const { params, triggers } = cloud.state.functions.get(row.name) ?? {}
      expect(params).toMatchObject({ Runtime: 'Nodejs20.19', InstallDependency: 'FALSE' })
      expect(params?.['Type'] ?? 'Event').toBe(row.kind)
      const timers =
        row.kind === 'Event' ? [{ TriggerName: row.timer.name, TriggerDesc: row.timer.cron, Type: 'timer' }] : []
      expect(triggers).toEqual(timers)
    }
  }, 90_000)

  test('uploads code that starts, its scf_bootstrap executable', async () => {
    for (const { name, kind } of functions) {
      const { files } = cloud.functions.unpacked(name)
      expect(files.some(({ isSymlink }) => isSymlink)).toBe(false)
      if (kind === 'HTTP') expect(files.find((file) => file.name === 'scf_bootstrap')?.mode).toBe(0o755)
    }
    const reply = await fetch(`${await cloud.functions.urlOf('llm-health')}/health`)
    expect(reply.status).toBe(200)
  })

  test('deploys one function again by its name', async () => {
    const before = cloud.state.functions.get('llm-chat-completions')?.revision ?? 0
    const { code } = await tcb('fn', 'deploy', 'llm-chat-completions', '--yes')
    expect(code).toBe(0)
    expect(cloud.state.functions.get('llm-chat-completions')?.revision).toBeGreaterThan(before)
    expect((await fetch(`${await cloud.functions.urlOf('llm-chat-completions')}/`)).status).toBe(405)
  }, 90_000)
})
