import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { StoredFunction } from './cloud-state.ts'
import { unpack } from './unpack.ts'

const program = `
  const { main } = require('./index.js')
  main(JSON.parse(process.argv[1]), { request_id: 'r-1' }).then((result) => process.stderr.write(JSON.stringify(result)))
`

/** Invokes an Event function as the platform does: runs the uploaded code in a new process with the event, and returns its result. */
export const invoke = async ({ zip, params }: StoredFunction, event: string): Promise<object> => {
  const folder = mkdtempSync(join(tmpdir(), 'invoked-'))
  try {
    unpack(zip, folder)
    const { Variables = [] } = (params['Environment'] ?? {}) as { Variables?: { Key: string; Value: string }[] }
    const env = Object.fromEntries(Variables.map(({ Key, Value }) => [Key, Value]))
    const { stderr } = await promisify(execFile)(process.execPath, ['-e', program, event], { cwd: folder, env })
    return { InvokeResult: 0, RetMsg: stderr, ErrMsg: '', Log: '' }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
