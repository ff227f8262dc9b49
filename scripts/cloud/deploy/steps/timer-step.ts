import type { Cloud } from '../../client/connect.ts'
import { retry } from '../../client/retry.ts'
import { readFunctionState } from '../../functions/function-state.ts'
import type { Step } from '../../prompt/step.ts'
import type { FunctionSettings } from '../../settings/cloudbaserc.ts'

type Timer = NonNullable<FunctionSettings['triggers']>[number]

/** Creates the step that creates the timers of a function. Replaces a timer whose schedule has changed. Timers of
 *  other names stay. */
export const createTimerStep = (cloud: Cloud, { name, triggers = [] }: FunctionSettings): Step => {
  const missing = async (): Promise<{ timer: Timer; outdated: boolean }[]> => {
    const timers = (await readFunctionState(cloud, name))?.timers ?? []
    return triggers
      .map((timer) => ({ timer, deployed: timers.find((candidate) => candidate.name === timer.name) }))
      .filter(({ timer, deployed }) => deployed?.cron !== timer.config)
      .map(({ timer, deployed }) => ({ timer, outdated: deployed !== undefined }))
  }
  const describe = (timers: readonly { timer: Timer }[]): string =>
    timers.map(({ timer }) => `${timer.name} (${timer.config})`).join(', ')
  return {
    name: `timer of ${name}`,
    plan: async () => describe(await missing()) || undefined,
    run: async () => {
      const timers = await missing()
      for (const { timer, outdated } of timers) {
        if (outdated) await retry(() => cloud.app.functions.deleteFunctionTrigger(name, timer.name))
        await retry(() => cloud.app.functions.createFunctionTriggers(name, [timer]))
      }
      return timers.length === 0 ? 'up to date' : `done (${describe(timers)})`
    },
  }
}
