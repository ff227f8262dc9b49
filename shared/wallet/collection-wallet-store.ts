import {
  addMissing,
  type Collection,
  type CollectionOptions,
  createCollection,
  getList,
  isUpdated,
} from '../drivers/collection.ts'
import type { JsonObject } from '../runtime/json.ts'
import { getWalletName, type WalletRow, type WalletStore } from './wallet-store.ts'

/** Stores wallets in a collection beside that of the usage records. The `_id` of a document is the row's id. A missing
 *  collection is created. */
export const collectionWalletStore = (options: CollectionOptions): WalletStore => {
  const { run, runAgain } = createCollection({ ...options, collection: getWalletName(options.collection) })
  return {
    read: async (id) => readDocuments(await runAgain((rows) => rows.where({ _id: id }).limit(1).get()))[0],
    insert: (added) =>
      addMissing(
        added.map(({ id, version, dueAt, data }) => ({ _id: id, version, due_at: dueAt, data })),
        (documents) => runAgain((rows) => rows.add(documents)),
      ),
    replace: async ({ id, version, dueAt, data }) =>
      isUpdated(
        await run((rows) => rows.where({ _id: id, version: version - 1 }).update({ version, due_at: dueAt, data })),
      ),
    findDue: async ({ time, skip, limit }) =>
      readDocuments(
        await runAgain((rows, { command }) =>
          rows
            .where({ due_at: isDue(command, time) })
            .orderBy('due_at', 'asc')
            .skip(skip)
            .limit(limit)
            .get(),
        ),
      ),
    findRange: async ({ from, below, limit }) =>
      readDocuments(
        await runAgain((rows, { command }) =>
          rows
            .where({ _id: command.gte(from).and(command.lt(below)) })
            .orderBy('_id', 'desc')
            .limit(limit)
            .get(),
        ),
      ),
    removeDue: async ({ from, below, time }) => {
      await runAgain((rows, { command }) =>
        rows.where({ due_at: isDue(command, time), _id: command.gte(from).and(command.lt(below)) }).remove(),
      )
    },
    end: () => Promise.resolve(),
  }
}

type Command = Parameters<Parameters<Collection['run']>[0]>[1]['command']

const isDue = (command: Command, time: number) => command.gt(0).and(command.lte(time))

const readDocuments = ({ data }: { data?: unknown }): WalletRow[] => getList(data).map(readDocument)

const readDocument = (document: JsonObject): WalletRow => ({
  id: String(document['_id']),
  version: Number(document['version']),
  dueAt: Number(document['due_at']),
  data: String(document['data']),
})
