import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startGateway } from './gateway.js'
import { readJsonLines } from './read-json-lines.js'

/** Claude Code itself, if it is installed (`npm install -g @anthropic-ai/claude-code`, or its path in `CLAUDE`). It is no
 *  dependency: it weighs 200 MB. */

const claude = process.env.CLAUDE ?? 'claude'
const isInstalled = spawnSync(claude, ['--version']).status === 0

describe('Claude Code', { skip: !isInstalled && 'it is not installed' }, () => {
  let gateway
  let folder

  before(async () => {
    gateway = await startGateway()
    folder = mkdtempSync(join(tmpdir(), 'claude-'))
    writeFileSync(join(folder, 'hello.txt'), 'hi')
  })

  after(async () => {
    rmSync(folder, { recursive: true, force: true })
    await gateway.close()
  })

  const run = (question) => {
    const flags = ['--output-format', 'stream-json', '--verbose', '--allowedTools', 'Bash']
    return readJsonLines(claude, ['-p', question, ...flags], {
      cwd: folder,
      env: {
        ...{ PATH: process.env.PATH, HOME: folder, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
        ...{ ANTHROPIC_BASE_URL: gateway.origin, ANTHROPIC_AUTH_TOKEN: 'unused' },
        ...{ ANTHROPIC_MODEL: 'm', ANTHROPIC_DEFAULT_HAIKU_MODEL: 'm' },
      },
    })
  }

  test('does a task with a call of a tool to its end', async () => {
    const events = await run('files')
    const blocks = events.filter(({ type }) => type === 'assistant').flatMap(({ message }) => message.content)
    assert.deepEqual(
      blocks.map(({ type }) => type),
      ['thinking', 'text', 'tool_use', 'text'],
    )
    const [result] = events.find(({ type }) => type === 'user').message.content
    assert.match(result.content, /hello\.txt/)
    const { subtype, is_error: failed, result: answer } = events.at(-1)
    assert.deepEqual([subtype, failed, answer], ['success', false, '你好，世界'])
    const { messages, tools } = gateway.requests.at(-1).body
    const at = messages.findIndex(({ role }) => role === 'assistant')
    const [said, told] = messages.slice(at)
    assert.deepEqual([said.content, said.reasoning_content, told.role], ['我来看。', '看一看', 'tool'])
    assert.deepEqual([said.tool_calls[0].id, told.tool_call_id], ['Bash:0', 'Bash:0'])
    assert.ok(tools.every(({ type }) => type === 'function'))
  })

  test('shows the error of a request that the provider refuses', async () => {
    const [last] = (await run('status 400 their_code')).slice(-1)
    assert.deepEqual([last.is_error, last.api_error_status], [true, 400])
    assert.match(last.result, /no their_code/)
  })
})
