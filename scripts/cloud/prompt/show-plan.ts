import type { Print } from './run-steps.ts'
import type { Step } from './step.ts'

/** Prints the plan of each step. Returns the number of steps that would change something. */
export const showPlan = async (steps: readonly Step[], print: Print): Promise<number> => {
  let changes = 0
  print('\nPlan')
  for (const { name, plan } of steps) {
    const planned = await plan()
    if (planned) changes += 1
    print(`  ${name}: ${planned ?? 'nothing to do'}`)
  }
  return changes
}
