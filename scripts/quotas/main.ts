import { parseUsableQuotas, quotasRow } from '../../shared/gateway/stores/quota-source.ts'
import { writeRow } from '../../shared/gateway/stores/row-store.ts'
import { runTool } from '../command-line/run-tool.ts'
import { UsageError } from '../command-line/usage-error.ts'
import { runDefinitionTool, type StoredThing } from '../definitions/definition-tool.ts'

const usage = `npm run quotas -- COMMAND

  show        prints the stored quotas
  set FILE    stores the quotas of a JSON file; functions use them within CONFIG_TTL seconds
  check FILE  says whether a JSON file can be used

The quotas are in the store of USAGE_STORE (collection, mysql or rdb). Functions use them with QUOTAS=store. The variables may also be in .env.`

const quotas: StoredThing = {
  name: 'quotas',
  usage,
  parse: (text, file, { keys }) => {
    const { problem } = parseUsableQuotas(text, file, keys !== undefined)
    if (problem !== undefined) throw new UsageError(problem, usage)
    const list = JSON.parse(text) as unknown[]
    return { text: JSON.stringify(list), description: `${list.length} ${list.length === 1 ? 'quota' : 'quotas'}` }
  },
  read: async (store) => (await store.read(quotasRow))?.data,
  write: (store, text) => writeRow(store, quotasRow, text),
}

await runTool((args) => runDefinitionTool(quotas, args))
