import { readFileSync } from 'node:fs'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { toSharedStore } from '../../shared/gateway/config/usage-config.ts'
import { quotasRow } from '../../shared/gateway/stores/quota-source.ts'
import { openRowStore } from '../../shared/gateway/stores/row-store.ts'
import { parseQuotas } from '../../shared/limits/quotas/parse-quotas.ts'
import type { WalletStore } from '../../shared/wallet/wallet-store.ts'
import { createRedactor } from '../cloud/client/redact.ts'
import { findCommand, parseArguments } from '../command-line/parse-arguments.ts'
import { runTool } from '../command-line/run-tool.ts'
import { UsageError } from '../command-line/usage-error.ts'
import { readVariables } from '../variables/read-variables.ts'

const usage = `npm run quotas -- COMMAND

  show        prints the stored quotas
  set FILE    stores the quotas of a JSON file; functions use them within CONFIG_TTL seconds
  check FILE  says whether a JSON file can be used

The quotas are in the store of USAGE_STORE (collection, mysql or rdb). Functions use them with QUOTAS=store. The variables may also be in .env.`

/** Reads a file of quotas.
 *  @throws UsageError if it is not named, cannot be read or cannot be used */
const readFile = (file: string | undefined): unknown[] => {
  if (file === undefined) throw new UsageError('FILE is missing.', usage)
  let text: string
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch {
    throw new UsageError(`${file} cannot be read.`, usage)
  }
  const { problem } = parseQuotas(text, file)
  if (problem !== undefined) throw new UsageError(problem, usage)
  return JSON.parse(text) as unknown[]
}

const describe = (quotas: readonly unknown[]): string => `${quotas.length} ${quotas.length === 1 ? 'quota' : 'quotas'}`

/** Replaces the row, whatever it holds. */
const writeRow = async (store: WalletStore, data: string): Promise<void> => {
  await store.insert([{ id: quotasRow, version: 0, dueAt: 0, data }])
  for (let isWritten = false; !isWritten; ) {
    const { version = 0 } = (await store.read(quotasRow)) ?? {}
    isWritten = await store.replace({ id: quotasRow, version: version + 1, dueAt: 0, data })
  }
}

const commands: Readonly<Record<string, (store: WalletStore, file: string | undefined) => Promise<string>>> = {
  show: async (store) => (await store.read(quotasRow))?.data ?? 'No quotas are stored.',
  set: async (store, file) => {
    const quotas = readFile(file)
    await writeRow(store, JSON.stringify(quotas))
    return `${describe(quotas)} stored.`
  },
  check: (_, file) => Promise.resolve(`${describe(readFile(file))}: all can be used.`),
}

/** `npm run quotas`: shows and replaces the stored quotas. Resolves with the exit code. */
const main = async (args: readonly string[]): Promise<number> => {
  const options = { help: { type: 'boolean', short: 'h', default: false } } as const
  const { values, positionals } = parseArguments(args, { options, help: usage, positionals: 2 })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const run = findCommand(positionals[0], commands, usage)
  const variables = readVariables(process.cwd(), process.env)
  const config = readConfig({ ...variables, DISABLE_AUTH: 'true', LOG_LEVEL: 'error' })
  const shared = toSharedStore(config.usage.store)
  if (!shared) {
    console.error('Quotas need USAGE_STORE=collection, mysql or rdb.')
    return 1
  }
  const store = await openRowStore(shared)
  try {
    console.log(await run(store, positionals[1]))
    return 0
  } catch (error) {
    if (error instanceof UsageError) throw error
    console.error(createRedactor(variables)(`The store of the quotas failed. ${String(error)}`))
    return 1
  } finally {
    await store.end()
  }
}

await runTool(main)
