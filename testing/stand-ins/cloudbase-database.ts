import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Aggregator, Query } from 'mingo'
import { type Modifier, update } from 'mingo/updater'

type Document = Record<string, unknown> & { _id: string }

/** A fault of one request. */
export type Fault =
  /** Replies late, by this number of milliseconds. */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** Replies with HTTP 500 and JSON, or an HTML page. */
  | { readonly kind: 'failure' | 'not-json' }
  /** Never replies: without the action, or after it. */
  | { readonly kind: 'hang' | 'hang-after' }
  /** Closes the connection: without the action, or after it, so that the reply is lost. */
  | { readonly kind: 'drop' | 'drop-after' }
  /** Replies without the number of changed documents. */
  | { readonly kind: 'no-count' }

/** Chooses the fault of a request by its action, such as `database.modifyDocument`. Returns undefined for no fault. */
export type FaultPlan = (action: string) => Fault | undefined

/** A running database. */
export interface CloudbaseDatabase {
  readonly url: string
  /** Returns the documents of a collection, or undefined if it does not exist. */
  readonly documents: (collection: string) => Document[] | undefined
  /** Received actions, in order. */
  readonly actions: string[]
  /** Replaces the plan of faults. */
  readonly plan: (faults: FaultPlan) => void
  readonly close: () => Promise<void>
}

/** The document database of a CloudBase environment as `@cloudbase/node-sdk` 3.18.3 speaks to it: `POST {url}?env=…` with an
 *  action and EJSON strings, over collections in memory whose `_id` is unique. Every user that
 *  is looked up exists. */
export const cloudbaseDatabase = async ({ port = 0 } = {}): Promise<CloudbaseDatabase> => {
  const collections = new Map<string, Map<string, Document>>()
  const actions: string[] = []
  let faults: FaultPlan = () => undefined
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy())
  })
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const params = JSON.parse(await readText(request)) as Params
    actions.push(params.action)
    const fault = faults(params.action)
    if (fault?.kind === 'slow') await sleep(fault.milliseconds)
    if (fault && fault.kind in faultReplies) return faultReplies[fault.kind]?.(response)
    const result = perform(params, collections)
    if (fault?.kind === 'hang-after') return
    if (fault?.kind === 'drop-after') return void response.destroy()
    if (fault?.kind === 'no-count' && 'data' in result) delete result.data['updated']
    reply(response, 200, JSON.stringify({ requestId: 'stand-in', ...result }))
  }
  server.keepAliveTimeout = 60_000
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin`,
    documents: (name) => {
      const documents = collections.get(name)
      return documents && [...documents.values()]
    },
    actions,
    plan: (plan) => {
      faults = plan
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const faultReplies: Readonly<Record<string, (response: ServerResponse) => void>> = {
  hang: () => undefined,
  drop: (response) => void response.destroy(),
  failure: (response) => reply(response, 500, JSON.stringify({ code: 'INTERNAL', message: 'failed' })),
  'not-json': (response) => reply(response, 500, '<html>Bad gateway</html>'),
}

interface Params {
  readonly action: string
  /** Id of a user. Every user exists. */
  readonly uuid?: string
  readonly collectionName: string
  readonly data?: string | string[]
  readonly query?: string
  readonly order?: string
  readonly offset?: number
  readonly limit?: number
  readonly multi?: boolean
  readonly stages?: readonly { readonly stageKey: string; readonly stageValue: string }[]
}

type Result = { readonly data: Record<string, unknown> } | { readonly code: string; readonly message: string }

type Collections = Map<string, Map<string, Document>>

const perform = (params: Params, collections: Collections): Result => {
  if (params.action === 'auth.getUserInfoForAdmin') return { data: { uid: params.uuid } }
  if (params.action === 'database.addCollection') {
    if (collections.has(params.collectionName))
      return toFailure('DATABASE_COLLECTION_ALREADY_EXIST', 'Collection exists')
    collections.set(params.collectionName, new Map())
    return { data: {} }
  }
  const documents = collections.get(params.collectionName)
  if (!documents) return toFailure('DATABASE_COLLECTION_NOT_EXIST', 'Db or Table not exist')
  return actions[params.action]?.(params, documents) ?? toFailure('INVALID_PARAM', `unknown action ${params.action}`)
}

const actions: Readonly<Record<string, (params: Params, documents: Map<string, Document>) => Result>> = {
  'database.insertDocument': ({ data }, documents) => {
    const inserted = [data ?? []].flat().map((text) => revive(text) as Document)
    for (const document of inserted) {
      if (documents.has(document._id)) return toFailure('DATABASE_DUPLICATE_WRITE', 'E11000 duplicate key error')
      documents.set(document._id, document)
    }
    return { data: { insertedIds: inserted.map(({ _id }) => _id) } }
  },
  'database.modifyDocument': ({ query, data, multi }, documents) => {
    const found = findDocuments(query, documents).slice(0, multi ? undefined : 1)
    for (const document of found) update(document, revive(String(data)) as Modifier<Document>)
    return { data: { updated: found.length, upsert_id: null } }
  },
  'database.getDocument': ({ query, order, offset = 0, limit = 100 }, documents) => {
    const found = findDocuments(query, documents).sort(compareBy(order))
    return {
      data: { list: found.slice(offset, offset + Math.min(limit, 1_000)).map((document) => JSON.stringify(document)) },
    }
  },
  'database.removeDocument': ({ query }, documents) => {
    const found = findDocuments(query, documents)
    for (const { _id } of found) documents.delete(_id)
    return { data: { deleted: found.length } }
  },
  'database.aggregateDocuments': ({ stages = [] }, documents) => {
    const pipeline = stages.map(({ stageKey, stageValue }) => ({ [stageKey]: revive(stageValue) }))
    const list = new Aggregator(pipeline).run([...documents.values()]).map((group) => JSON.stringify(group))
    return { data: { list } }
  },
}

const toFailure = (code: string, message: string): Result => ({ code, message })

/** Finds the documents that match. A query by ids is a lookup, because a run has tens of thousands of documents. */
const findDocuments = (query: string | undefined, documents: Map<string, Document>): Document[] => {
  const criteria = (query ? revive(query) : {}) as Record<string, unknown>
  const ids = getIds(criteria['_id'])
  const candidates = ids ? ids.flatMap((id) => documents.get(id) ?? []) : [...documents.values()]
  const tester = new Query(criteria)
  return candidates.filter((candidate) => tester.test(candidate))
}

const getIds = (criterion: unknown): readonly string[] | undefined => {
  if (typeof criterion === 'string') return [criterion]
  return (criterion as { readonly $in?: readonly string[] } | undefined)?.$in
}

const compareBy = (order: string | undefined) => {
  const fields = Object.entries((order ? revive(order) : {}) as Record<string, number>)
  return (one: Document, other: Document): number => {
    for (const [field, direction] of fields) {
      const [left, right] = [one[field] as string | number, other[field] as string | number]
      if (left !== right) return left < right ? -direction : direction
    }
    return 0
  }
}

/** Parses EJSON (MongoDB Extended JSON v2) as far as the SDK writes it for plain values. */
const revive = (text: string): unknown =>
  JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    const [key, inner] = Object.entries(value)[0] ?? []
    return key?.startsWith('$number') ? Number(inner) : value
  })

const reply = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(body)
}
