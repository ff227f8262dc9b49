import type { TargetsOptions } from '../../providers/targets/switching.ts'
import type { Log } from '../../runtime/log.ts'
import { once } from '../../runtime/memoize.ts'
import type { Config } from '../config/config.ts'

/** Creates what targets need of the world outside. The limits that instances share are loaded on first use. */
export const createTargetsOptions = (config: Config, log: Log): TargetsOptions => {
  const load = once(async () => (await import('../stores/target-limits.ts')).createTargetLimits(config, log))
  return {
    log,
    ...(config.alerts && {
      noteRest: (...rest) =>
        void load()
          .then(({ noteRest }) => noteRest(...rest))
          .catch(({ code }: NodeJS.ErrnoException) => log('error', 'alert_failed', { reason: code ?? 'unknown' })),
    }),
    acquire: async (target, max) => (await load()).acquire(target, max),
    readRests: async () => (await load()).readRests(),
    addRest: async (rest) => (await load()).addRest(rest),
    removeRests: async (id) => (await load()).removeRests(id),
  }
}
