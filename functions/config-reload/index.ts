import { readCoreConfig } from '../../shared/gateway/config/config.ts'
import { reloadEvent } from '../../shared/gateway/reload.ts'

/** Between two calls the instance is frozen, so no connection is kept. */
const environment = { ...process.env, MYSQL_POOL_MIN: '0' }

/** Reads the model map again: the console's test button and the timer call it. */
export const main = reloadEvent(readCoreConfig(environment), process.env)
