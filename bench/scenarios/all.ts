import { UsageError } from '../../scripts/command-line/usage-error.ts'
import { benchHelp } from '../options.ts'
import { auth } from './auth.ts'
import { coldStart } from './cold-start.ts'
import { eventIntegrity } from './event-integrity.ts'
import { eventKinds } from './event-kinds.ts'
import { firstEvent } from './first-event.ts'
import { firstRequests } from './first-requests.ts'
import { largePrompt } from './large-prompt.ts'
import { memory } from './memory.ts'
import { modelMap } from './model-map.ts'
import { moderation } from './moderation.ts'
import type { Scenario } from './scenario.ts'
import { severalTargets } from './several-targets.ts'
import { smallMemory } from './small-memory.ts'
import { soak } from './soak.ts'
import { streams } from './streams.ts'
import { throughput } from './throughput.ts'
import { usageRecording } from './usage-recording.ts'
import { walletCost } from './wallet.ts'
import { words } from './words.ts'

/** Every scenario, in the order of the report. */
export const scenarios: readonly Scenario[] = [
  coldStart,
  firstRequests,
  throughput,
  streams,
  firstEvent,
  eventIntegrity,
  eventKinds,
  memory,
  smallMemory,
  largePrompt,
  modelMap,
  severalTargets,
  auth,
  usageRecording,
  walletCost,
  words,
  moderation,
  soak,
]

/** Finds the scenarios with these names. Returns all scenarios if there are no names.
 *  @throws UsageError for an unknown name */
export const findScenarios = (names: readonly string[]): readonly Scenario[] => {
  const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name))
  if (unknown !== undefined) {
    const names = scenarios.map(({ name }) => name).join(', ')
    throw new UsageError(`There is no scenario '${unknown}', only ${names}.`, benchHelp)
  }
  return names.length === 0 ? scenarios : scenarios.filter(({ name }) => names.includes(name))
}
