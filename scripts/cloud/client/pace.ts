import { setTimeout as wait } from 'node:timers/promises'

/** The least pause between the starts of two calls of the cloud's API, in milliseconds: at most 16 calls a second. The cloud accepts
 *  20 a second of each kind (cloud.tencent.com/document/product/876/137951 "CreateFunction", 876/129800 "CreateHTTPServiceRoute"). */
const pauseMs = 60

/** The end of the pause after the last call. One for the process, because the cloud counts all calls of a key pair. */
let pause: Promise<unknown> = Promise.resolve()

/** Resolves when a call may start, in the order of the requests. */
export const takeTurn = (): Promise<unknown> => {
  const turn = pause
  pause = turn.then(() => wait(pauseMs))
  return turn
}
