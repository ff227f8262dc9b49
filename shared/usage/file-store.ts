import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DeliverRecord } from './ledger.ts'

/** Appends records to a local file, one JSON object a line. */
export const fileStore = (path: string): DeliverRecord => {
  let ready: Promise<unknown> | undefined
  return async (record) => {
    ready ??= mkdir(dirname(path), { recursive: true })
    await ready
    await appendFile(path, `${JSON.stringify(record)}\n`)
  }
}
