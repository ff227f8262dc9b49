import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { accepts } from '../../scripts/local/ports/accepts.ts'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { onCore } from './cores.ts'
import type { MemoryGroup } from './memory-group.ts'

/** The command line of a program under test. */
export interface TargetCommand {
  /** Arguments of `node`; `{port}` stands for the port it must listen on. */
  readonly arguments: readonly string[]
  readonly cwd?: string
  /** Its environment, without `PATH`, `HOST` and `PORT`. */
  readonly environment: Readonly<Record<string, string>>
  /** Maximum number of open files and sockets; undefined for the limit of the shell. */
  readonly openFiles?: number
  /** Limits its memory. */
  readonly group?: MemoryGroup
}

/** A running program under test. */
export interface StartedTarget {
  readonly port: number
  readonly pid: number
  readonly stop: () => Promise<void>
}

/** Starts a target on its own core. Its output goes to `dist/bench/targets.log`. */
export const spawnTarget = async (target: TargetCommand): Promise<StartedTarget> => {
  const port = await freePort()
  const node = [process.execPath, ...target.arguments.map((argument) => argument.replace('{port}', String(port)))]
  const grouped = target.group ? target.group.run(node) : node
  const [command, ...rest] = onCore('target', limited(grouped, target.openFiles))
  const log = openSync('dist/bench/targets.log', 'a')
  const child = spawn(command, rest, {
    ...(target.cwd && { cwd: target.cwd }),
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: String(port), ...target.environment },
    stdio: ['ignore', log, log],
  })
  return { port, pid: child.pid ?? 0, stop: () => stop(child) }
}

/** Starts a target and waits until it accepts connections. */
export const startTarget = async (target: TargetCommand): Promise<StartedTarget> => {
  const started = await spawnTarget(target)
  for (let tries = 0; tries < 1_000; tries++) {
    if (await accepts(started.port)) return started
    await wait(10)
  }
  await started.stop()
  throw new Error(`${target.arguments.join(' ')} does not listen. See dist/bench/targets.log.`)
}

const limited = (command: readonly string[], openFiles: number | undefined): string[] =>
  openFiles === undefined ? [...command] : ['sh', '-c', `ulimit -n ${openFiles} && exec "$@"`, 'sh', ...command]

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
