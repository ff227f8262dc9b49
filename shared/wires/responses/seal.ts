import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** Opens a sealed text. Returns undefined if it is not ours, or is of another user or model. */
export type OpenSealed = (sealed: string) => string | undefined

/** Seals texts that clients keep for the gateway, which stores nothing. */
export interface Seal {
  readonly seal: (text: string) => string
  readonly open: OpenSealed
}

/** The owner of a sealed text. Another user, or another model, cannot open it. */
export interface SealOwner {
  readonly model: string
  readonly userId: string | null
}

const version = 'cbgw1.'
const algorithm = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

/** The most bytes of an opened text. */
const maxTextBytes = 4_194_304

/** Creates the seal of an owner: AES-256-GCM over the compressed text. It is bound to the owner.
 *  @param secret from which the key follows: all instances have the same */
export const createSeal = (secret: string, { model, userId }: SealOwner): Seal => {
  const key = createHmac('sha256', secret).update('sealed reasoning').digest()
  const owner = Buffer.from(JSON.stringify([userId, model]))
  return {
    seal: (text) => {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv(algorithm, key, iv).setAAD(owner)
      const bytes = Buffer.concat([cipher.update(deflateRawSync(text)), cipher.final()])
      return version + Buffer.concat([iv, cipher.getAuthTag(), bytes]).toString('base64url')
    },
    open: (sealed) => {
      if (!isSealed(sealed)) return undefined
      const bytes = Buffer.from(sealed.slice(version.length), 'base64url')
      try {
        const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
        decipher.setAAD(owner).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
        const packed = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()])
        return inflateRawSync(packed, { maxOutputLength: maxTextBytes }).toString()
      } catch {
        return undefined
      }
    },
  }
}

/** Whether a text is sealed by a gateway, be it another one. */
export const isSealed = (text: string): boolean => text.startsWith(version)
