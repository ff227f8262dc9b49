import type { Print } from './run-steps.ts'
import type { Step } from './step.ts'

/** Prints what the steps would do. Returns how many would do something. */
export const showPlan = async (steps: readonly Step[], print: Print): Promise<number> => {
  let busy = 0
  print('\nPlan')
  for (const { name, plan } of steps) {
    const planned = await plan()
    if (planned) busy += 1
    print(`  ${name}: ${planned ?? 'nothing to do'}`)
  }
  return busy
}
