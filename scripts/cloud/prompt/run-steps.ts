import type { Language } from '../../language.ts'
import { toCloudFailure } from '../client/cloud-failure.ts'
import { mapParallel } from '../client/map-parallel.ts'
import { cloudMessages } from '../messages.ts'
import { onInterrupt } from './on-interrupt.ts'
import type { Stage, Step } from './step.ts'

/** Prints one line. */
export type Print = (line: string) => void

/** The state of a run: the steps that are running, those that are done, and the failures. */
interface Progress {
  readonly steps: readonly Step[]
  readonly running: Set<Step>
  readonly done: Set<Step>
  readonly failures: Failure[]
  readonly language: Language
}

interface Failure {
  readonly step: Step
  readonly reason: string
  readonly advice: string
}

/** Runs stages one after another, and the steps of a stage at the same time. Prints the progress. If a step fails, lets
 *  those that run come to their end, and prints the steps that are done, the steps that are not, and how to continue. An
 *  interruption prints the same and ends the program. Returns whether all succeeded. */
export const runSteps = async (stages: readonly Stage[], print: Print, language: Language = 'en'): Promise<boolean> => {
  const messages = cloudMessages[language]
  const progress: Progress = { steps: stages.flat(), running: new Set(), done: new Set(), failures: [], language }
  const removeHandler = onInterrupt(() => {
    printAccount(progress, [messages.stepInterrupted(joinNames([...progress.running], language))], print)
  })
  try {
    for (const stage of stages) await mapParallel(stage, (step) => runStep(step, progress, print))
    return true
  } catch (error) {
    if (progress.failures.length === 0) throw error
    const lines = progress.failures.map(({ step, reason }) => messages.stepFailed(step.name, reason))
    printAccount(progress, lines, print)
    return false
  } finally {
    removeHandler()
  }
}

const runStep = async (step: Step, progress: Progress, print: Print): Promise<void> => {
  const { steps, running, done, failures, language } = progress
  const position = `[${steps.indexOf(step) + 1}/${steps.length}] ${step.name}`
  print(`${position} …`)
  running.add(step)
  try {
    const text = await step.run((note) => print(`${position}: ${note}`))
    done.add(step)
    print(`${position}: ${text}`)
  } catch (error) {
    failures.push({ step, ...toCloudFailure(error, language) })
    throw error
  } finally {
    running.delete(step)
  }
}

const printAccount = ({ steps, done, failures, language }: Progress, lines: readonly string[], print: Print): void => {
  const advice = [...new Set(failures.map((failure) => failure.advice))].filter((text) => text !== '').join(' ')
  const messages = cloudMessages[language]
  print('')
  for (const line of lines) print(line)
  print(
    messages.done(
      joinNames(
        steps.filter((step) => done.has(step)),
        language,
      ),
    ),
  )
  print(
    messages.notDone(
      joinNames(
        steps.filter((step) => !done.has(step)),
        language,
      ),
    ),
  )
  print(messages.continue(advice))
}

const joinNames = (steps: readonly Step[], language: Language): string =>
  steps.map(({ name }) => name).join(', ') || cloudMessages[language].none
