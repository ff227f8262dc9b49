import type { JsonObject } from '../../runtime/json.ts'

/** Begins the signature of thoughts that the gateway has translated. Real signatures are base64 and have no dot. */
const mark = 'cbgw1.'

/** Signs a thought as one that the gateway has translated, so that it is known when the client sends it back.
 *  @param messageId the id of its message */
export const signThought = (messageId: string): string => mark + messageId.replace(/^msg_/, '')

/** Whether a block is a thought that the gateway has translated. A provider that speaks the wire would refuse its
 *  signature; only a chat can take it. */
export const isOwnThought = ({ type, signature }: JsonObject): boolean =>
  type === 'thinking' && typeof signature === 'string' && signature.startsWith(mark)
