import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { accessVariables } from './connect.ts'
import type { Variables } from './variables.ts'

/** Takes what the terminal would echo. */
const nowhere = (): Writable => new Writable({ write: (_piece, _encoding, done) => done() })

/** Asks one question on the terminal, whose answer is shown unless it is a secret; empty where there is no terminal to answer on. */
const ask = async (question: string, isSecret = false): Promise<string> => {
  if (!process.stdin.isTTY) return ''
  if (isSecret) process.stdout.write(question)
  const output = isSecret ? nowhere() : process.stdout
  const terminal = createInterface({ input: process.stdin, output, terminal: true })
  try {
    return (await terminal.question(isSecret ? '' : question)).trim()
  } finally {
    terminal.close()
    if (isSecret) process.stdout.write('\n')
  }
}

/** Asks a question that only a `y` or `yes` affirms. */
export const confirm = async (question: string): Promise<boolean> => /^y(es)?$/i.test(await ask(`${question} [y/N] `))

/** Asks for what names and opens the environment, where it is not set, and keeps the answers in `.env`. */
export const askForAccess = async (
  folder: string,
  variables: Variables,
  question: (text: string, isSecret: boolean) => Promise<string> = ask,
): Promise<Variables> => {
  const answers: Record<string, string> = {}
  for (const { name, where, isSecret } of accessVariables.filter((candidate) => !variables[candidate.name])) {
    const answer = await question(`${name} (${where}): `, isSecret)
    if (answer !== '') answers[name] = answer
  }
  const lines = Object.entries(answers).map(([name, value]) => `${name}=${value}\n`)
  if (lines.length > 0) appendFileSync(join(folder, '.env'), `\n${lines.join('')}`, { mode: 0o600 })
  return { ...variables, ...answers }
}
