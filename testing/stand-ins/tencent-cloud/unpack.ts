import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inflateRawSync } from 'node:zlib'

const endOfDirectory = 0x06054b50
const directoryEntry = 0x02014b50
const deflated = 8
const modeMask = 0o777
const typeMask = 0o170000
const symlink = 0o120000

/** A file of an archive. */
export interface UnpackedFile {
  readonly name: string
  /** Permission bits; 0 if the archive has none. */
  readonly mode: number
  readonly isSymlink: boolean
}

/** Unpacks a zip archive with its permission bits, as the platform does (PKWARE APPNOTE 6.3, sections 4.3 and 4.4). */
export const unpack = (zip: Buffer, folder: string): UnpackedFile[] => {
  const end = zip.lastIndexOf(Buffer.from([endOfDirectory & 255, 0x4b, 5, 6]))
  const files: UnpackedFile[] = []
  let at = zip.readUInt32LE(end + 16)
  while (zip.readUInt32LE(at) === directoryEntry) {
    const nameLength = zip.readUInt16LE(at + 28)
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    const attributes = zip.readUInt32LE(at + 38) >>> 16
    if (!name.endsWith('/')) {
      const file = { name, mode: attributes & modeMask, isSymlink: (attributes & typeMask) === symlink }
      writeFile(join(folder, name), readContent(zip, at), file.mode)
      files.push(file)
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return files
}

const readContent = (zip: Buffer, entry: number): Buffer => {
  const local = zip.readUInt32LE(entry + 42)
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const bytes = zip.subarray(start, start + zip.readUInt32LE(entry + 20))
  return zip.readUInt16LE(entry + 10) === deflated ? inflateRawSync(bytes) : bytes
}

const writeFile = (path: string, content: Buffer, mode: number): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  if (mode > 0) chmodSync(path, mode)
}
