import { noCors } from '../../http/cors.ts'
import { endpoint } from '../../http/endpoint.ts'
import { matchesPath } from '../../http/path.ts'
import { readBody } from '../../http/read-body.ts'
import { type Handler, jsonReply, type Request } from '../../http/request.ts'
import { GatewayError } from '../../protocol/errors.ts'
import { grantPoints, revokePoints } from '../../wallet/grants.ts'
import { viewWallet } from '../../wallet/view-wallet.ts'
import type { Wallets } from '../../wallet/wallets.ts'
import { createAuthenticateCaller } from '../authenticate-caller.ts'
import type { Config } from '../config/config.ts'
import { getOpenUser, openWallets } from '../stores/open-wallets.ts'
import { joinUsers } from './join-users.ts'
import { useStore } from './use-store.ts'
import { parseGrant, parseJoin, parseKey, parseWalletPage } from './wallet-requests.ts'

/** `GET /v1/wallet`: the caller's own wallet. With the admin key, `GET /admin/wallet?user_id=…` reads that of any user,
 *  and `POST /admin/wallet/grant`, `/revoke` and `/alias` change it. */
export const serveWallet = (config: Config): Handler => {
  const wallets = openWallets(config)
  const read = createRead(config, wallets)
  const write = createWrite(config, wallets)
  return (request) => (request.method === 'POST' ? write : read)(request)
}

type OpenWallets = () => Promise<Wallets>

const createRead = (config: Config, wallets: OpenWallets): Handler => {
  const authenticate = createAuthenticateCaller(config, { endpoint: 'wallet' })
  const openUser = getOpenUser(config)
  const serves = (path: string): boolean => ['/v1/wallet', '/admin/wallet'].some((known) => matchesPath(path, known))
  return endpoint({ ...config.server, method: 'GET', serves }, async (request) => {
    const { id, kind } = await authenticate(request)
    const query = new URLSearchParams(request.query)
    const user = kind === 'admin' ? query.get('user_id') : (id ?? openUser)
    if (!user) throw missingUserError(kind === 'admin')
    const page = parseWalletPage(query)
    return jsonReply(await useStore(wallets, (open) => viewWallet(open, user, page), walletsFailure))
  })
}

const missingUserError = (isAdmin: boolean): GatewayError =>
  isAdmin
    ? new GatewayError(400, 'missing_required_parameter', "Name the user in 'user_id'.", { param: 'user_id' })
    : new GatewayError(401, 'missing_credentials', 'Authentication is off, so the call has no user and no wallet.')

/** The changes, by the end of their paths. */
const changes: Readonly<Record<string, (wallets: Wallets, body: Buffer) => Promise<object>>> = {
  '/admin/wallet/grant': (wallets, body) => grantPoints(wallets, parseGrant(body)),
  '/admin/wallet/revoke': (wallets, body) => revokePoints(wallets, parseKey(body)),
  '/admin/wallet/alias': (wallets, body) => joinUsers(wallets, parseJoin(body)),
}

const createWrite = (config: Config, wallets: OpenWallets): Handler => {
  const findPath = (path: string): string | undefined => Object.keys(changes).find((known) => endsWith(path, known))
  const serves = (path: string): boolean => findPath(path) !== undefined
  return endpoint({ ...config.server, cors: noCors, method: 'POST', serves }, async (request: Request) => {
    await config.auth.adminKey.require(request.headers)
    request.timing.markAuthenticated(true)
    const body = await readBody(request.message, config.server.maxBodyBytes)
    const change = changes[findPath(request.path) ?? '']
    return jsonReply(await useStore(wallets, (open) => change?.(open, body), walletsFailure))
  })
}

/** The last segment names the operation, so it must be there even if the platform removes the front of the path. */
const endsWith = (path: string, known: string): boolean =>
  matchesPath(path, known) && path.replace(/\/+$/, '').endsWith(known.slice(known.lastIndexOf('/')))

const walletsFailure = 'Wallets cannot be reached at the moment. Repeat the same request later.'
