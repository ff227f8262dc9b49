import { isObject, parseJson } from '../../runtime/json.ts'
import { sha256Hex } from '../../runtime/sha256.ts'
import type { WalletRow, WalletStore } from '../../wallet/wallet-store.ts'
import { writeRow } from './row-store.ts'

/** A list of words as it is stored: a row names its pieces, each of which is a row, because a database bounds rows and requests.
 *  The pieces of another list have other ids, so that no reader gets a mixture. */
export interface StoredWords {
  /** Tells this text from all others. */
  readonly digest: string
  readonly text: string
}

const headRow = 'definition:words'

/** The most characters of a piece: less than 300 KB. */
const pieceLength = 100_000

interface Head {
  readonly digest: string
  readonly pieces: number
}

/** Reads the stored words. Resolves with undefined if there are none. If they are those of `known`, only one row is read.
 *  @throws Error if they are not complete */
export const readStoredWords = async (store: WalletStore, known?: StoredWords): Promise<StoredWords | undefined> => {
  for (let tries = 0; tries < 2; tries += 1) {
    const row = await store.read(headRow)
    if (!row) return undefined
    const head = readHead(row)
    if (head?.digest === known?.digest) return known
    const text = head && (await readWordPieces(store, head))
    if (head && text !== undefined) return { digest: head.digest, text }
    // The list was replaced between the two reads: the next try reads the new one.
  }
  throw new Error('The stored words are not complete.')
}

/** Stores words in place of those before. */
export const writeStoredWords = async (store: WalletStore, text: string): Promise<void> => {
  const before = await store.read(headRow)
  const pieces = text.match(new RegExp(`[^]{1,${pieceLength}}`, 'g')) ?? []
  const head: Head = { digest: toDigest(text), pieces: pieces.length }
  for (const [index, piece] of pieces.entries()) await writeRow(store, toPieceId(head, index), piece)
  await writeRow(store, headRow, JSON.stringify(head))
  const old = before && readHead(before)
  if (old && old.digest !== head.digest) await removePieces(store, old)
}

const toDigest = (text: string): string => sha256Hex(text, 32)

const toPieceId = ({ digest }: Head, index: number): string => `${headRow}:${digest}:${index}`

const readHead = ({ data }: WalletRow): Head | undefined => {
  const head = parseJson(data)
  if (!isObject(head) || typeof head['digest'] !== 'string' || typeof head['pieces'] !== 'number') return undefined
  return { digest: head['digest'], pieces: head['pieces'] }
}

const readWordPieces = async (store: WalletStore, head: Head): Promise<string | undefined> => {
  const ids = Array.from({ length: head.pieces }, (_, index) => toPieceId(head, index))
  const rows = await Promise.all(ids.map(store.read))
  const text = rows.map((row) => row?.data ?? '').join('')
  return toDigest(text) === head.digest ? text : undefined
}

/** Rows that are due can be removed. */
const removePieces = async (store: WalletStore, head: Head): Promise<void> => {
  for (let index = 0; index < head.pieces; index += 1) {
    const row = await store.read(toPieceId(head, index))
    if (row) await store.replace({ id: row.id, version: row.version + 1, dueAt: 1, data: '' })
  }
  const from = `${headRow}:${head.digest}:`
  await store.removeDue({ from, below: `${headRow}:${head.digest};`, time: 1 })
}
