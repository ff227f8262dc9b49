import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startGateway } from '../gateway.js'
import { listQuestions } from '../questions.js'

/** Runs the official Python client, in a virtual environment of its own, against the local gateway. */

const folder = fileURLToPath(new URL('.', import.meta.url))
const python = process.env.PYTHON ?? 'python3'
const inVenv = fileURLToPath(
  new URL(process.platform === 'win32' ? '.venv/Scripts/python' : '.venv/bin/python', import.meta.url),
)

/** Runs a program. Resolves with its exit code; 127 if it cannot be started.
 *  @param input what it reads from its standard input */
const run = (program, args, input = '') =>
  new Promise((resolve) => {
    const child = spawn(program, args, { cwd: folder, stdio: ['pipe', 'inherit', 'inherit'] })
    child.once('exit', (code) => resolve(code ?? 1)).once('error', () => resolve(127))
    child.stdin.on('error', () => undefined).end(input)
  })

const requireSuccess = async (what, program, args) => {
  const code = await run(program, args)
  if (code === 0) return
  console.error(`${what} The Python client was not tested: ${program} ${args.join(' ')} ended with ${code}.`)
  process.exit(1)
}

await requireSuccess(
  'Python 3.9 or later with venv is needed; name another one with PYTHON=/path/to/python3.',
  python,
  ['-m', 'venv', '.venv'],
)
await requireSuccess(
  'The packages of tests/clients/python/requirements.txt could not be installed: is the package index reached?',
  inVenv,
  ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'],
)
const gateway = await startGateway()
const code = await run(inVenv, ['witness.py', gateway.baseURL], JSON.stringify(listQuestions()))
await gateway.close()
process.exitCode = code
