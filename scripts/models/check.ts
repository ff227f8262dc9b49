import { formatUnknownFields } from '../../shared/models/entries/unknown-names.ts'
import { type Entries, validateMap } from '../../shared/models/entries/validate-map.ts'
import { toLoadedMap } from '../../shared/models/sources/table.ts'
import type { Command, Tools } from './command.ts'
import { readRows } from './table-rows.ts'
import { listTargets, tryTargets } from './try-targets.ts'

/** Validates the table with the gateway's own rules. Only the functions surely have the key variables, so here each counts
 *  as set. Then calls the targets whose keys are set on this machine, if the user agrees. */
export const check: Command = async (tools) => {
  const loaded = toLoadedMap(await readRows(tools), 'mysql')
  const options = { variable: () => 'set', allowPrivate: tools.allowPrivate }
  const { usable, rejected, problems: partial, unknownFields, unknownProviders } = validateMap(loaded.entries, options)
  const problems = [...loaded.rejected, ...rejected, ...partial]
  for (const { model, reason } of problems) tools.print(`! ${model}: ${reason}`)
  if (loaded.warning) tools.print(`! ${loaded.warning}`)
  if (unknownFields.length > 0)
    tools.print(`  columns that the gateway does not use: ${formatUnknownFields(unknownFields)}`)
  if (unknownProviders.length > 0)
    tools.print(`  providers without a preset, taken to speak OpenAI's API: ${unknownProviders.join(', ')}`)
  if (!(await hasVersions(tools)))
    tools.print('  no table of versions: edits are used without a reload; scripts/sql/state.sql creates the table')
  tools.print(`${usable.size} models can be used`)
  const doTargetsWork = await callTargets(tools, loaded.entries)
  return problems.length === 0 && loaded.warning === undefined && doTargetsWork
}

/** Calls each target whose key is set on this machine. Resolves with false if one fails. */
const callTargets = async ({ variables, allowPrivate, print, confirm }: Tools, entries: Entries): Promise<boolean> => {
  const { usable, route } = validateMap(entries, { variable: (name) => variables[name], allowPrivate })
  const targets = listTargets([...usable.keys()].flatMap((model) => route(model) ?? []))
  if (targets.length < entries.size) print('  models whose keys are not set on this machine are not called')
  if (targets.length === 0) return true
  if (!(await confirm(`Call ${targets.length} targets, for one token each? The providers bill that.`))) return true
  return tryTargets(targets, { allowPrivate, print })
}

const hasVersions = ({ database, table }: Tools): Promise<boolean> =>
  database.run(`SELECT name FROM ${table.quotedState} LIMIT 1`).then(
    () => true,
    () => false,
  )
