import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { accessVariables } from './connect.ts'
import type { Variables } from './variables.ts'

/** Asks one question on the terminal; empty where there is no terminal to answer on. */
export const ask = async (question: string): Promise<string> => {
  if (!process.stdin.isTTY) return ''
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return (await terminal.question(question)).trim()
  } finally {
    terminal.close()
  }
}

/** Asks a question that only a `y` or `yes` affirms. */
export const confirm = async (question: string): Promise<boolean> => /^y(es)?$/i.test(await ask(`${question} [y/N] `))

/** Asks for what names and opens the environment, where it is not set, and keeps the answers in `.env`, so that they are asked once. */
export const askForAccess = async (
  folder: string,
  variables: Variables,
  question: (text: string) => Promise<string> = ask,
): Promise<Variables> => {
  const answers: Record<string, string> = {}
  for (const name of accessVariables.filter((candidate) => !variables[candidate])) {
    const answer = await question(`${name}: `)
    if (answer !== '') answers[name] = answer
  }
  const lines = Object.entries(answers).map(([name, value]) => `${name}=${value}\n`)
  if (lines.length > 0) appendFileSync(join(folder, '.env'), `\n${lines.join('')}`, { mode: 0o600 })
  return { ...variables, ...answers }
}
