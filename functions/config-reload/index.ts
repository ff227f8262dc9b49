import { readCoreConfig } from '../../shared/gateway/config/config.ts'
import { reloadEvent } from '../../shared/gateway/reload.ts'

/** The platform freezes the instance between two calls, so no connection is kept. */
const config = readCoreConfig(process.env, { keepConnections: false })

/** Reads the model map again. The console's test button and the timer call it. */
export const main = reloadEvent(config, process.env)
