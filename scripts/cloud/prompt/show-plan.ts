import type { Language } from '../../language.ts'
import { mapParallel } from '../client/map-parallel.ts'
import { cloudMessages } from '../messages.ts'
import type { Print } from './run-steps.ts'
import type { Stage } from './step.ts'

/** Prints the plan of each step. Returns the number of steps that would change something. */
export const showPlan = async (stages: readonly Stage[], print: Print, language: Language = 'en'): Promise<number> => {
  const messages = cloudMessages[language]
  print(`\n${messages.plan}`)
  const plans = await mapParallel(stages.flat(), async ({ name, plan }) => ({ name, change: await plan() }))
  for (const { name, change } of plans) print(`  ${name}: ${change ?? messages.nothingToDo}`)
  return plans.filter(({ change }) => change).length
}
