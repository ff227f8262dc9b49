import { Samples } from '../testing/stats/samples.ts'
import { createLogin } from './login.ts'
import { type Helper, startHelper } from './machine/helper.ts'
import { type StartedTarget, startTarget } from './machine/started-target.ts'
import { fillMapTables } from './model-map.ts'
import type { Options } from './options.ts'
import { type Harness, relayTargets, type Target, type TargetName } from './targets.ts'
import type { LoadOrder, LoadResult } from './wire/load-order.ts'

/** The counts of the upstream since its start. */
export interface UpstreamCounts {
  readonly connections: number
  readonly completions: number
}

/** A running target and the headers of its requests. */
export interface Subject {
  readonly name: string
  readonly process: StartedTarget
  readonly headers: Readonly<Record<string, string>>
}

/** The processes, options and samples of a run. */
export interface Lab {
  readonly options: Options
  readonly samples: Samples
  readonly harness: Harness
  readonly harnessPids: readonly number[]
  /** Carries out an order.
   *  @throws Error if a request failed, because a benchmark of failures measures nothing */
  readonly load: (subject: Subject, order: Omit<LoadOrder, 'port' | 'headers'>) => Promise<LoadResult>
  /** The same with a second load generator, while the first one is busy. */
  readonly loadBesides: Lab['load']
  readonly upstreamCounts: () => Promise<UpstreamCounts>
  readonly start: (name: string, target: Target) => Promise<Subject>
  /** Starts the named relays. `direct` is the upstream itself. */
  readonly startRelays: (names: readonly TargetName[]) => Promise<Subject[]>
  readonly stop: (subjects: readonly Subject[]) => Promise<void>
  readonly close: () => Promise<void>
}

/** Starts the upstream and the load generator. */
export const openLab = async (options: Options): Promise<Lab> => {
  const login = createLogin()
  const upstream = await startHelper<object, UpstreamCounts>('upstream', JSON.stringify(login.jwk))
  const generators = [await startGenerator(), await startGenerator()] as const
  const { port } = upstream.greeting as { port: number }
  const harness: Harness = { upstream: `http://127.0.0.1:${port}`, login }
  const running = new Set<Subject>()
  const { MYSQL_DSN: dsn } = process.env
  if (dsn) await fillMapTables(dsn, harness.upstream)

  const start = async (name: string, { command, headers }: Target): Promise<Subject> => {
    const subject = { name, process: await startTarget(command), headers }
    running.add(subject)
    return subject
  }
  const stop = async (subjects: readonly Subject[]): Promise<void> => {
    for (const subject of subjects) {
      running.delete(subject)
      await subject.process.stop()
    }
  }
  const direct: Subject = {
    name: 'direct',
    process: { port, pid: upstream.pid, stop: () => Promise.resolve() },
    headers: {},
  }
  return {
    options,
    samples: new Samples(),
    harness,
    harnessPids: [upstream.pid, ...generators.map(({ pid }) => pid)],
    load: loadFrom(generators[0]),
    loadBesides: loadFrom(generators[1]),
    upstreamCounts: () => upstream.request({}),
    start,
    startRelays: async (names) => {
      const targets = relayTargets(harness, options.parts)
      const started: Subject[] = []
      for (const name of names) started.push(name === 'direct' ? direct : await start(name, targets[name]))
      return started
    },
    stop,
    close: async () => {
      await stop([...running])
      for (const generator of generators) await generator.stop()
      await upstream.stop()
    },
  }
}

type Generator = Helper<LoadOrder, LoadResult>

const startGenerator = (): Promise<Generator> => startHelper('load')

const loadFrom =
  (generator: Generator): Lab['load'] =>
  async ({ name, process: { port }, headers }, order) => {
    const result = await generator.request({ ...order, headers, port })
    if (result.failures === 0) return result
    throw new Error(`${name}: ${result.failures} of ${result.requests} requests failed: ${result.failure}`)
  }
