import type { RequestListener } from 'node:http'
import { startRouter } from '../../../scripts/local/router/router.ts'
import { listen } from '../loopback.ts'

interface Closable {
  close(): Promise<unknown>
}

const open: Closable[] = []

/** Hands over what the test has open; {@link closeAll} closes it. */
export const closeLater = (...closables: readonly Closable[]): void => {
  open.push(...closables)
}

/** Closes what the test has open. */
export const closeAll = async (): Promise<void> => {
  await Promise.all(open.splice(0).map((closable) => closable.close()))
}

/** The address of a router with one route, `/fn`, to a function that answers with `listener`. */
export const routerTo = async (listener: RequestListener): Promise<string> => {
  const target = await listen(listener)
  const router = await startRouter({ host: '127.0.0.1', port: 0, routes: [{ path: '/fn', target }] })
  closeLater(target, router)
  return router.url
}
