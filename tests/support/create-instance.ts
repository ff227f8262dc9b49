import { createModelsConfig } from '../../shared/gateway/config/models-config.ts'
import { readEnvironment } from '../../shared/gateway/config/variables/environment.ts'
import { createRegistry, type Registry } from '../../shared/models/registry.ts'
import { createRedactor } from '../../shared/runtime/redactor.ts'
import { captureLog, type LogLine } from './capture-log.ts'

/** The model map of one running function. */
export interface Instance extends Registry {
  readonly lines: LogLine[]
  /** Moves the clock of this instance forward. */
  readonly pass: (seconds: number) => void
}

/** Creates the model map of one running function from its environment, with a clock that the test moves. */
export const createInstance = (environment: Readonly<Record<string, string>>): Instance => {
  const { log, lines } = captureLog()
  let now = 1_710_000_000_000
  const given = { MYSQL_POOL_MIN: '0', ...environment }
  const options = createModelsConfig(readEnvironment(given).values, given, { log, redactor: createRedactor([]) })
  return {
    ...createRegistry({ ...options, now: () => now }),
    lines,
    pass: (seconds) => {
      now += seconds * 1_000
    },
  }
}
