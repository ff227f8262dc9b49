import { type Config, readConfig } from '../../shared/gateway/config/config.ts'
import { toSharedStore } from '../../shared/gateway/config/usage-config.ts'
import { openRowStore } from '../../shared/gateway/stores/row-store.ts'
import type { WalletStore } from '../../shared/wallet/wallet-store.ts'
import { createRedactor } from '../cloud/client/redact.ts'
import { checkArguments, findCommand, parseArguments } from '../command-line/parse-arguments.ts'
import { UsageError } from '../command-line/usage-error.ts'
import { readText } from '../variables/read-text.ts'
import { readVariables } from '../variables/read-variables.ts'

/** Something that the instances read from a row of their store, such as quotas. */
export interface StoredThing {
  /** Its plural, such as `quotas`. */
  readonly name: string
  /** The usage of its tool. */
  readonly usage: string
  /** Parses the text of a file for a gateway with a configuration. Returns the text to store, and a description such as `2 quotas`.
   *  @throws UsageError if it cannot be used */
  readonly parse: (
    text: string,
    file: string,
    config: Config,
  ) => { readonly text: string; readonly description: string }
  /** Resolves with the stored text; with undefined if there is none. */
  readonly read: (store: WalletStore) => Promise<string | undefined>
  readonly write: (store: WalletStore, text: string) => Promise<void>
}

/** A file, and the configuration of the gateway that is to use it. */
interface GivenFile {
  readonly file: string
  readonly config: Config
}

interface Command {
  /** The names of its arguments. */
  readonly takes: readonly string[]
  readonly run: (thing: StoredThing, store: WalletStore, given: GivenFile) => Promise<string>
}

const commands: Readonly<Record<string, Command>> = {
  show: { takes: [], run: async ({ read, name }, store) => (await read(store)) ?? `No ${name} are stored.` },
  set: {
    takes: ['FILE'],
    run: async (thing, store, given) => {
      const { text, description } = readFile(thing, given)
      await thing.write(store, text)
      return `${description} stored.`
    },
  },
  check: {
    takes: ['FILE'],
    run: async (thing, _, given) => `${readFile(thing, given).description}: all can be used.`,
  },
}

/** @throws UsageError if the file cannot be read or cannot be used */
const readFile = ({ parse, usage }: StoredThing, { file, config }: GivenFile) => {
  let text: string
  try {
    text = readText(file)
  } catch {
    throw new UsageError(`${file} cannot be read.`, usage)
  }
  return parse(text, file, config)
}

/** Runs the tool that shows and replaces something stored. Resolves with the exit code.
 *  @throws UsageError for wrong arguments, and for a file that cannot be used */
export const runDefinitionTool = async (thing: StoredThing, args: readonly string[]): Promise<number> => {
  const options = { help: { type: 'boolean', short: 'h', default: false } } as const
  const { values, positionals } = parseArguments(args, { options, help: thing.usage, positionals: 2 })
  if (values.help) {
    console.log(thing.usage)
    return 0
  }
  const [name = '', ...rest] = positionals
  const { takes, run } = findCommand(positionals[0], commands, thing.usage)
  checkArguments(rest, { name, takes, help: thing.usage })
  const variables = readVariables(process.cwd(), process.env)
  const config = readConfig({ ...variables, DISABLE_AUTH: 'true', LOG_LEVEL: 'error' })
  const shared = toSharedStore(config.usage.store)
  if (!shared) {
    console.error(`Stored ${thing.name} need USAGE_STORE=collection, mysql or rdb.`)
    return 1
  }
  const store = await openRowStore(shared)
  try {
    console.log(await run(thing, store, { file: rest[0] ?? '', config }))
    return 0
  } catch (error) {
    if (error instanceof UsageError) throw error
    console.error(createRedactor(variables)(`The store of the ${thing.name} failed. ${String(error)}`))
    return 1
  } finally {
    await store.end()
  }
}
