import type { KeyBook } from '../../shared/auth/keys/key-book.ts'
import { getKeyStatus, type KeyRecord } from '../../shared/auth/keys/key-record.ts'
import { parseKeyAttributes } from '../../shared/gateway/account/key-requests.ts'
import { readId } from '../../shared/gateway/account/wallet-requests.ts'
import type { OpenedKeys } from '../../shared/gateway/stores/open-keys.ts'
import { parseList } from '../../shared/runtime/parse-text.ts'
import type { KeyMessages } from './messages.ts'

/** The options of `npm run keys`. */
export interface KeyOptions {
  readonly name?: string | undefined
  readonly models?: string | undefined
  readonly endpoints?: string | undefined
  readonly addresses?: string | undefined
  readonly points?: string | undefined
  readonly window?: string | undefined
  readonly expires?: string | undefined
  readonly groups?: string | undefined
  readonly user?: string | undefined
}

/** What a command works with. */
export interface KeyWork {
  readonly keys: OpenedKeys
  readonly options: KeyOptions
  readonly messages: KeyMessages
  /** Prints one line. */
  readonly print: (line: string) => void
}

/** A command of `npm run keys`. */
export interface KeyCommand {
  /** Names of its arguments; those in brackets may be left out. */
  readonly arguments: readonly string[]
  readonly help: 'create' | 'list' | 'show' | 'revoke' | 'groups'
  /** Resolves with what is wrong, or with undefined. */
  readonly run: (argument: string | undefined, work: KeyWork) => Promise<string | undefined>
}

/** Who makes and revokes keys with this tool, as the audit names it. */
const by = 'operator'

/** The commands of `npm run keys`, by name. */
export const keyCommands: Readonly<Record<string, KeyCommand>> = {
  create: {
    arguments: ['USER'],
    help: 'create',
    run: async (given, { keys, options, messages, print }) => {
      const user = readId({ USER: given }, 'USER')
      const attributes = parseKeyAttributes(toFields(options), Date.now())
      if (attributes.points !== null && !keys.isShared) return messages.pointsUnshared
      const { text, record } = await keys.book.create({ user, groups: parseList(options.groups ?? ''), by }, attributes)
      print(messages.created(record.id, user))
      print(text)
      return undefined
    },
  },
  list: {
    arguments: ['[USER]'],
    help: 'list',
    run: async (user, { keys: { book }, messages, print }) => {
      let count = 0
      for await (const owner of user === undefined ? book.listUsers() : [user])
        for (const record of await book.list(owner)) {
          count += 1
          print(formatKey(owner, record))
        }
      if (count === 0) print(messages.none)
      return undefined
    },
  },
  show: {
    arguments: ['ID'],
    help: 'show',
    run: async (id = '', { keys: { book }, messages, print }) => {
      const user = await book.findOwner(id)
      const known = user === undefined ? [] : [...(await book.list(user)), ...(await book.listEnded(user))]
      const record = known.find((key) => key.id === id)
      if (!record) return messages.noKey(id)
      print(JSON.stringify({ user, status: getKeyStatus(record, Date.now()), ...record }, null, 2))
      return undefined
    },
  },
  groups: {
    arguments: ['USER'],
    help: 'groups',
    run: async (user = '', { keys: { book }, options: { groups }, messages, print }) => {
      if (groups === undefined) return messages.noGroups
      print(messages.regrouped(await book.setGroups(user, parseList(groups))))
      return undefined
    },
  },
  revoke: {
    arguments: ['[ID]'],
    help: 'revoke',
    run: async (id, { keys: { book }, options: { user }, messages, print }) => {
      if ((id === undefined) === (user === undefined)) return messages.nothingToRevoke
      const owner = user ?? (await book.findOwner(id ?? ''))
      const ids = owner === undefined ? [] : id === undefined ? await listActive(book, owner) : [id]
      for (const each of ids) {
        if (!(await book.revoke(owner ?? '', each, by))) return messages.noKey(each)
        print(messages.revoked(each))
      }
      if (ids.length > 0) return undefined
      return id === undefined ? messages.none : messages.noKey(id)
    },
  },
}

const listActive = async (book: KeyBook, user: string): Promise<string[]> =>
  (await book.list(user)).filter((key) => getKeyStatus(key, Date.now()) === 'active').map(({ id }) => id)

const toFields = ({ name, models, endpoints, addresses, points, window, expires }: KeyOptions) => ({
  ...(name !== undefined && { name }),
  ...(models !== undefined && { models: parseList(models) }),
  ...(endpoints !== undefined && { endpoints: parseList(endpoints) }),
  ...(addresses !== undefined && { addresses: parseList(addresses) }),
  ...(points !== undefined && { points: Number(points) }),
  ...(window !== undefined && { window }),
  ...(expires !== undefined && { expires_at: expires }),
})

const formatKey = (user: string, record: KeyRecord): string => {
  const { id, prefix, name, created_at, created_by } = record
  const made = new Date(created_at * 1_000).toISOString().slice(0, 10)
  return [id, `${prefix}…`, getKeyStatus(record, Date.now()).padEnd(7), user, made, created_by, name]
    .join('  ')
    .trimEnd()
}
