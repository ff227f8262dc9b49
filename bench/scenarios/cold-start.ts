import { connect } from 'node:net'
import { collectionUnderTest } from '../../testing/rig/store-under-test.ts'
import { cpuMs, memoryMb } from '../../testing/stats/process-meter.ts'
import type { Lab } from '../lab.ts'
import { onCore } from '../machine/cores.ts'
import { spawnTarget } from '../machine/started-target.ts'
import { type ColdTarget, coldTargets } from '../targets.ts'
import { chatBody } from '../wire/prompt.ts'
import { modelFor, scripts } from '../wire/script.ts'
import type { Scenario } from './scenario.ts'

/** The time from the start of a process to the first byte of its first reply: a completion, a model list or a fixed reply. */
export const coldStart: Scenario = {
  name: 'cold',
  title: 'Cold start: from the start of the process to the first byte of its first reply',
  run: async (lab) => {
    const collection = await collectionUnderTest(seed, (command) => onCore('harness', command))
    try {
      await compare(lab, coldTargets(lab.harness, lab.options.parts, collection.variables))
    } finally {
      await collection.close()
    }
  },
}

/** The seed of the faults of the document database. Here it has no faults. */
const seed = 1

const compare = async ({ options, samples }: Lab, all: ReturnType<typeof coldTargets>): Promise<void> => {
  const targets = Object.entries(all).filter(([name]) => options.peers || !['portkey', 'framework'].includes(name))
  for (const [, target] of targets) await start(target)
  for (let round = 0; round < options.coldRuns; round++) {
    for (const [name, target] of round % 2 === 0 ? targets : [...targets].reverse()) {
      samples.add('cold', name, { round, values: await start(target) })
    }
  }
}

const start = async (target: ColdTarget): Promise<Record<string, number>> => {
  const { command } = target
  const startedAt = performance.now()
  const started = await spawnTarget(command)
  try {
    const status = await firstReply(started.port, createRequestText(target))
    const wall_ms = performance.now() - startedAt
    if (status !== '200') throw new Error(`${command.arguments[0]} replied with ${status}. See dist/bench/targets.log.`)
    return { wall_ms, cpu_ms: cpuMs(started.pid), rss_mb: memoryMb(started.pid, 'VmRSS') }
  } finally {
    await started.stop()
  }
}

const createRequestText = ({ path, headers, stream = false }: ColdTarget): string => {
  const model = modelFor(stream ? scripts.brief : scripts.whole)
  const body = path.endsWith('completions') ? chatBody(model, { stream }) : ''
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = body === '' ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
  return `${body === '' ? 'GET' : 'POST'} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${fields.join('')}${length}\r\n${body}`
}

const timeoutMs = 30_000

/** Connects until the port is open, then sends the request. Resolves with the status of the reply. */
const firstReply = (port: number, request: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const deadline = performance.now() + timeoutMs
    const tryConnect = (): void => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      socket.once('connect', () => socket.write(request))
      socket.once('data', (piece: Buffer) => {
        socket.destroy()
        resolve(piece.toString('latin1', 9, 12))
      })
      socket.once('error', () => {
        socket.destroy()
        if (performance.now() > deadline) reject(new Error(`No process listens on port ${port}.`))
        else setTimeout(tryConnect, 1)
      })
    }
    tryConnect()
  })
