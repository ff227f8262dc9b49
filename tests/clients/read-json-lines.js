import { spawn } from 'node:child_process'

/** Runs a program to its end. Resolves with the values that it has written, one a line. */
export const readJsonLines = (program, args, options) =>
  new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    child.stdout.on('data', (bytes) => (text += bytes))
    child.on('exit', () => {
      const lines = text.trim().split('\n')
      resolve(lines.map((line) => JSON.parse(line)))
    })
  })
