import { isObject, type JsonObject } from '../../../shared/runtime/json.ts'
import { sha256 } from '../../../shared/runtime/sha256.ts'
import { ConsoleError } from '../server/console-error.ts'
import type { Workspace } from '../workspace.ts'
import type { Plan, PlanChange } from './plan.ts'

/** What the page gets: the plan of a change that is not confirmed yet, or what was done. */
export type ChangeReply =
  | { readonly plan: Pick<Plan, 'items' | 'word'> & { readonly state: string } }
  | { readonly result: JsonObject }

/** Plans a change, or makes it if the owner has confirmed that plan. The plan is made anew for the confirmation: what is written is
 *  what the owner has seen.
 *  @throws ConsoleError wrong_word (400) if another word was typed, changed_meanwhile (409) if the plan would differ by now */
export const runChange = async (
  workspace: Workspace,
  changes: Readonly<Record<string, PlanChange>>,
  body: JsonObject,
): Promise<ChangeReply> => {
  const { name, request, confirmation } = body
  const planChange = typeof name === 'string' && Object.hasOwn(changes, name) ? changes[name] : undefined
  if (!planChange || !isObject(request))
    throw new TypeError(`'name' must be one of ${Object.keys(changes).join(', ')}, and 'request' a JSON object.`)
  const plan = await planChange(workspace, request)
  const state = sha256(JSON.stringify([name, request, plan.basis])).toString('hex')
  if (!isObject(confirmation)) {
    const { items, word } = plan
    return { plan: { items, word, state } }
  }
  if (confirmation['word'] !== plan.word)
    throw new ConsoleError(400, 'wrong_word', `Type '${plan.word}' to confirm. Nothing was changed.`)
  if (confirmation['state'] !== state)
    throw new ConsoleError(409, 'changed_meanwhile', 'It was changed in the meantime. Nothing was written. Look again.')
  return { result: await plan.apply() }
}
