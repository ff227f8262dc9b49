import { toFinalFields, toOpenRow, type UsageRow } from '../../shared/usage/store/row.ts'
import { faultyReceiver } from '../rig/faulty-receiver.ts'
import { gatewayVariables } from '../rig/gateway-variables.ts'
import { runEventFunction } from '../rig/killable-function.ts'
import { collectionUnderTest } from '../rig/store-under-test.ts'
import { formatTable } from './format-table.ts'

/** The numbers of runs at the same time that docs/scaling.md shows. */
const processes = [1, 2, 4] as const

const records = 10_000

/** The records of one insert. */
const insertSize = 500

/** The time of one operation of the store, in milliseconds. */
const storeMs = 10

/** Lets the built flush deliver records that are due, in one process and in several at once. Records are in the stand-in of the
 *  document database. Resolves with a Markdown table. */
export const measureFlushes = async (): Promise<string> => {
  const rows: string[][] = []
  for (const count of processes) rows.push([String(count), ...(await measureFlush(count))])
  return formatTable(['runs at once', 'records/s', 'store operations per record', 'delivered twice'], rows)
}

const measureFlush = async (count: number): Promise<string[]> => {
  const store = await collectionUnderTest(1)
  const receiver = await faultyReceiver({ faults: 0, seed: 1 })
  try {
    for (let first = 0; first < records; first += insertSize)
      await store.insert(Array.from({ length: insertSize }, (_, index) => createDueRow(first + index)))
    await store.slowDown(storeMs)
    const variables = gatewayVariables(store, { upstream: receiver.url, webhook: receiver.url })
    const callsBefore = await store.countCalls()
    const startedAt = performance.now()
    const run = (): Promise<unknown> => runEventFunction('llm-usage-flush', variables, {})
    await Promise.all(Array.from({ length: count }, run))
    const seconds = (performance.now() - startedAt) / 1_000
    const calls = (await store.countCalls()) - callsBefore
    const { size: delivered } = receiver.taken
    if (delivered === 0) throw new Error('No record was delivered.')
    const twice = [...receiver.taken.values()].filter((bodies) => bodies.length > 1).length
    return [(delivered / seconds).toFixed(0), (calls / delivered).toFixed(2), String(twice)]
  } finally {
    await receiver.close()
    await store.close()
  }
}

const createDueRow = (number: number): UsageRow => {
  const now = Date.now() - 3_600_000
  const model = { model: 'm', upstreamModel: 'm', provider: 'openai', endpoint: 'chat.completions' }
  const call = { requestId: `request-${number}`, userId: `user-${number % 500}`, clientRequestId: undefined }
  const opening = { ...call, ...model, stream: true, prices: undefined, promptTokens: () => 10 }
  const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
  const closing = { outcome: 'complete', usage, estimated: false, latencyMs: 900, ttftMs: 300 } as const
  return {
    ...toOpenRow(opening, { now, maxMs: 60_000, written: false }),
    ...toFinalFields(closing, { points: 3, costNanoYuan: null }, now),
    ...({ delivery: 'pending', attempts: 1, next_at: now } as const),
  }
}
