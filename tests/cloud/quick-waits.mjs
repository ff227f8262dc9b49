import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'

/** Makes a command wait a tenth of its time between two looks at the cloud. Loaded with `--import`. */

const factor = 10

const { setTimeout: wait } = timers
timers.setTimeout = (milliseconds, ...rest) => wait(milliseconds / factor, ...rest)
syncBuiltinESMExports()

// manager-node 5.6.5 looks at a function each second.
const { setInterval: repeat } = globalThis
globalThis.setInterval = (run, milliseconds, ...rest) =>
  repeat(run, milliseconds === 1_000 ? milliseconds / factor : milliseconds, ...rest)
