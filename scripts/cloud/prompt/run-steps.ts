import { toCloudFailure } from '../client/cloud-failure.ts'
import { onInterrupt } from './on-interrupt.ts'
import type { Step } from './step.ts'

export type Print = (line: string) => void

/** Runs steps one after another and shows each as it goes. The first that fails ends the run with an account of what was done, what
 *  was not, and how to go on; so does an interruption, which ends the program. Returns whether all succeeded. */
export const runSteps = async (steps: readonly Step[], print: Print): Promise<boolean> => {
  let at = 0
  const account = (what: string, advice = ''): void => formatAccount(steps, at, { what, advice }).forEach(print)
  const forget = onInterrupt(() => account(`Interrupted in: ${steps[at]?.name ?? 'nothing'}.`))
  try {
    for (; at < steps.length; at++) await runStep(steps, at, print)
    return true
  } catch (error) {
    const { reason, advice } = toCloudFailure(error)
    account(`Failed: ${steps[at]?.name ?? 'nothing'}. ${reason}`, advice)
    return false
  } finally {
    forget()
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
  `To go on: ${advice === '' ? '' : `${advice} Then `}run the same command again; what is done is not done twice.`,
]

const joinNames = (steps: readonly Step[]): string => steps.map(({ name }) => name).join(', ') || 'nothing'
