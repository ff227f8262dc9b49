import type { Log } from '../protocol/log.ts'
import type { LocalMap } from './local-source.ts'

/** The most names in one log line. */
const mostNamed = 50

/** Logs where list and map do not meet, because a model is offered only if both have it; the reason, as sentences, where none is. */
export const reportDifference = ({ list = [], listVariable, entries }: LocalMap, log: Log): string | undefined => {
  const listed = new Set(list)
  const unknown = [...listed].filter((model) => !entries.has(model))
  const unlisted = [...entries.keys()].filter((model) => !listed.has(model))
  log(unknown.length > 0 ? 'warn' : 'info', 'model_list_differs', {
    variable: listVariable,
    unknown: some(unknown),
    unlisted: some(unlisted),
    help: `Only models that are in the model map and in ${listVariable} are offered; case counts.`,
  })
  if (unknown.length < listed.size) return undefined
  return `${listVariable} names no model that the model map has switched on. Correct its names; case counts.`
}

const some = (models: readonly string[]): string | undefined => models.slice(0, mostNamed).join(', ') || undefined
