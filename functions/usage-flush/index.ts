import { readConfig } from '../../shared/gateway/config/config.ts'
import { flushUsage } from '../../shared/gateway/flush/flush-usage.ts'

/** Delivers the records that the webhook has not accepted yet and closes those of dead calls. The timer calls it. */
export const main = flushUsage(readConfig(process.env), process.env)
