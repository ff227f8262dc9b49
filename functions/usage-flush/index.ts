import { readConfig } from '../../shared/gateway/config/config.ts'
import { flushUsage } from '../../shared/gateway/flush-usage.ts'

/** Delivers what the webhook has not taken yet and closes what died: the timer calls it. */
export const main = flushUsage(readConfig(process.env), process.env)
