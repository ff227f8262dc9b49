import { isYes } from '../../../shared/gateway/config/variables/variable.ts'
import { validateMap } from '../../../shared/models/entries/validate-map.ts'
import type { Target } from '../../../shared/protocol/route.ts'
import { redacted } from '../../../shared/runtime/redactor.ts'
import { listTargets, tryTargets } from '../../models/try-targets.ts'
import type { PlanChange } from '../changes/plan.ts'
import { readAllEntries } from './read-models.ts'

/** Plans to call each target of a model once, for one token, with the keys of this machine: `{model}`. The providers bill that.
 *  @throws TypeError if no target can be called from here */
export const planTry: PlanChange = async (workspace, { model }) => {
  const { variables } = workspace
  const allowPrivate = isYes(variables['ALLOW_PRIVATE_UPSTREAMS'])
  const entries = await readAllEntries(workspace)
  const { route } = validateMap(entries, { variable: (name) => variables[name], allowPrivate })
  const found = typeof model === 'string' ? route(model) : undefined
  if (!found)
    throw new TypeError(
      'No target of this model can be called from this machine. Set its key in .env, and look at its problems.',
    )
  const targets = listTargets([found])
  return {
    items: targets.map(({ name, provider, upstreamModel }) => ({
      name,
      before: null,
      after: `${provider} ${upstreamModel}`,
    })),
    word: '',
    basis: targets.map(({ name, apiBase }) => [name, apiBase]),
    apply: async () => {
      const lines: string[] = []
      const works = await tryTargets(targets, { allowPrivate, print: (line) => lines.push(line) })
      return { works, lines: lines.map((line) => hideKeys(workspace.clean(line), targets)) }
    },
  }
}

/** A key in an entry itself is not among the variables, whose values are hidden. */
const hideKeys = (line: string, targets: readonly Target[]): string =>
  targets.reduce((text, { apiKey }) => (apiKey ? text.replaceAll(apiKey, redacted) : text), line)
