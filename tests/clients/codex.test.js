import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startGateway } from './gateway.js'
import { readJsonLines } from './read-json-lines.js'

/** Codex itself, if it is installed (`npm install -g @openai/codex`, or its path in `CODEX`). It is no dependency: it weighs
 *  180 MB. */

const codex = process.env.CODEX ?? 'codex'
const isInstalled = spawnSync(codex, ['--version']).status === 0

const configure = (baseURL) => `
model = "m"
model_provider = "gateway"

[model_providers.gateway]
name = "gateway"
base_url = "${baseURL}"
env_key = "GATEWAY_KEY"
wire_api = "responses"
`

describe('Codex', { skip: !isInstalled && 'it is not installed' }, () => {
  let gateway
  let folder

  before(async () => {
    gateway = await startGateway()
    folder = mkdtempSync(join(homedir(), '.codex-test-'))
    writeFileSync(join(folder, 'config.toml'), configure(gateway.baseURL))
    writeFileSync(join(folder, 'hello.txt'), 'hi')
  })

  after(async () => {
    rmSync(folder, { recursive: true, force: true })
    await gateway.close()
  })

  const run = (question) => {
    const flags = ['--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox']
    return readJsonLines(codex, ['exec', ...flags, question], {
      cwd: folder,
      env: { ...process.env, CODEX_HOME: folder, GATEWAY_KEY: 'unused' },
    })
  }

  test('does a task with a call of a tool to its end', async () => {
    const events = await run('list')
    const done = events.filter(({ type }) => type === 'item.completed').map(({ item }) => item)
    assert.match(done.find(({ type }) => type === 'command_execution').aggregated_output, /hello\.txt/)
    assert.equal(done.find(({ type }) => type === 'reasoning').text, '看一看')
    assert.equal(done.at(-1).text, '你好，世界')
    assert.equal(events.at(-1).type, 'turn.completed')
    const { messages, tools } = gateway.requests.at(-1).body
    assert.deepEqual(
      messages.slice(-2).map(({ role, reasoning_content: thought }) => [role, thought]),
      [
        ['assistant', '看一看'],
        ['tool', undefined],
      ],
    )
    assert.ok(tools.every(({ type }) => type === 'function'))
  })
})
