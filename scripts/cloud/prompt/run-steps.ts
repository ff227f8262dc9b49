import { toCloudFailure } from '../client/cloud-failure.ts'
import { onInterrupt } from './on-interrupt.ts'
import type { Step } from './step.ts'

/** Prints one line. */
export type Print = (line: string) => void

/** Runs steps one after another and prints the progress. If one fails, stops and prints the steps that are done, the
 *  steps that are not, and how to continue. An interruption prints the same and ends the program. Returns whether
 *  all succeeded. */
export const runSteps = async (steps: readonly Step[], print: Print): Promise<boolean> => {
  let index = 0
  const report = (what: string, advice = ''): void => formatAccount(steps, index, { what, advice }).forEach(print)
  const removeHandler = onInterrupt(() => report(`Interrupted in: ${steps[index]?.name ?? 'nothing'}.`))
  try {
    for (; index < steps.length; index++) await runStep(steps, index, print)
    return true
  } catch (error) {
    const { reason, advice } = toCloudFailure(error)
    report(`Failed: ${steps[index]?.name ?? 'nothing'}. ${reason}`, advice)
    return false
  } finally {
    removeHandler()
  }
}

const runStep = async (steps: readonly Step[], at: number, print: Print): Promise<void> => {
  const step = steps[at]
  if (!step) return
  const position = `[${at + 1}/${steps.length}] ${step.name}`
  print(`${position} …`)
  print(`${position}: ${await step.run()}`)
}

interface Account {
  readonly what: string
  readonly advice: string
}

const formatAccount = (steps: readonly Step[], at: number, { what, advice }: Account): string[] => [
  '',
  what,
  `Done:     ${joinNames(steps.slice(0, at))}`,
  `Not done: ${joinNames(steps.slice(at))}`,
  `To go on: ${advice === '' ? '' : `${advice} Then `}run the same command again; completed steps are not repeated.`,
]

const joinNames = (steps: readonly Step[]): string => steps.map(({ name }) => name).join(', ') || 'nothing'
