import { configFromEnvironment } from '../../shared/gateway/config.ts'
import { reloadEvent } from '../../shared/gateway/reload.ts'

/** Reads the model map again: the console's test button and the timer call it. */
export const main = reloadEvent(configFromEnvironment(process.env))
