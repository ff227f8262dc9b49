import type { KillableFunction } from '../rig/killable-function.ts'
import { between, type Random } from '../rig/random.ts'

/** A load during which processes are killed. */
export interface KilledLoad {
  readonly requests: number
  /** Number of times a process is killed with SIGKILL. */
  readonly kills: number
  readonly functions: readonly KillableFunction[]
  readonly random: Random
  /** Makes one request. */
  readonly step: (number: number) => Promise<void>
}

const clients = 24

/** Makes the requests, and kills processes at even distances. At the end all clients are done and all processes have ended. */
export const runKilledLoad = async ({ requests, kills, functions, random, step }: KilledLoad): Promise<void> => {
  const killAt = new Set(Array.from({ length: kills }, (_, kill) => Math.floor(((kill + 0.5) * requests) / kills)))
  const restarts: Promise<void>[] = []
  let next = 0
  const client = async (): Promise<void> => {
    while (next < requests) {
      const number = next++
      if (killAt.has(number)) restarts.push(pickFunction(functions, random).killAndRestart())
      await step(number)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  await Promise.all(restarts)
  await Promise.all(functions.map((running) => running.kill()))
}

const pickFunction = (functions: readonly KillableFunction[], random: Random): KillableFunction =>
  functions[between(random, 0, functions.length - 1)] as KillableFunction

/** Waits for a process that is up and returns its port. */
export const pickPort = async (functions: readonly KillableFunction[], random: Random): Promise<number> => {
  for (;;) {
    const port = pickFunction(functions, random).port()
    if (port !== undefined) return port
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
