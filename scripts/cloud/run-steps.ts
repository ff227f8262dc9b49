import { cloudFailure } from './cloud-failure.ts'
import type { Step } from './step.ts'

export type Print = (line: string) => void

/** Runs steps one after another and shows each as it goes. The first that fails ends the run with an account of what was done, what
 *  was not, and how to go on. Returns whether all succeeded. */
export const runSteps = async (steps: readonly Step[], print: Print): Promise<boolean> => {
  for (const [index, { name, run }] of steps.entries()) {
    const position = `[${index + 1}/${steps.length}]`
    print(`${position} ${name} …`)
    try {
      print(`${position} ${name}: ${await run()}`)
    } catch (error) {
      const { reason, advice } = cloudFailure(error)
      print('')
      print(`Failed: ${name}. ${reason}`)
      print(`Done:     ${namesOf(steps.slice(0, index))}`)
      print(`Not done: ${namesOf(steps.slice(index))}`)
      print(
        `To go on: ${advice === '' ? '' : `${advice} Then `}run the same command again; what is done is not done twice.`,
      )
      return false
    }
  }
  return true
}

const namesOf = (steps: readonly Step[]): string => steps.map(({ name }) => name).join(', ') || 'nothing'
