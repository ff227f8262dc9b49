import { getKeyStatus, type KeyRecord } from '../../auth/keys/key-record.ts'
import { endpoint } from '../../http/endpoint.ts'
import { getPathRest, matchesPath } from '../../http/path.ts'
import { readBody } from '../../http/read-body.ts'
import { type Handler, jsonReply, type Request } from '../../http/request.ts'
import { GatewayError } from '../../protocol/errors.ts'
import type { User } from '../../protocol/user.ts'
import { once } from '../../runtime/memoize.ts'
import { createAuthenticateCaller } from '../authenticate-caller.ts'
import type { CoreConfig } from '../config/config.ts'
import { readKeysConfig } from '../config/keys-config.ts'
import { type OpenedKeys, openKeys } from '../stores/open-keys.ts'
import { parseKeyAttributes, parseKeyBody } from './key-requests.ts'
import { useStore } from './use-store.ts'

const keysPath = '/v1/keys'

/** `POST /v1/keys`, `GET /v1/keys` and `DELETE /v1/keys/{id}`: the keys of the signed-in caller. A key cannot be used here:
 *  it must not make others. Each call also gives the caller's keys the groups of the login token. */
export const serveKeys = (config: CoreConfig): Handler => {
  const authenticate = createAuthenticateCaller(config)
  const open = once(() => openConfiguredKeys(config))
  const serve = (method: Method, serves: (path: string) => boolean, named: NamedMethods = method): Handler =>
    endpoint({ ...config.server, method: named, serves }, async (request) => {
      const owner = requireOwner(await authenticate(request))
      const work = async (keys: OpenedKeys): Promise<object> => {
        await keys.book.setGroups(owner.id, owner.groups, toMaker(owner))
        return methods[method](keys, { owner, request, config })
      }
      return jsonReply(await useStore(open, work, keysFailure))
    })
  const isList = (path: string): boolean => matchesPath(path, keysPath) || getPathRest(path, keysPath) === ''
  const isKey = (path: string): boolean => /^key_\w+$/.test(getPathRest(path, keysPath) ?? '')
  const handlers = new Map<string, Handler>([
    ['GET', serve('GET', isList)],
    ['HEAD', serve('GET', isList)],
    ['POST', serve('POST', isList)],
    ['DELETE', serve('DELETE', isKey)],
  ])
  // No request has this method, so the handler only refuses, and names both.
  const refuse = serve('GET', isList, 'GET, POST')
  return (request) => {
    const handler = isKey(request.path) ? handlers.get('DELETE') : handlers.get(getAskedMethod(request))
    return (handler ?? refuse)(request)
  }
}

type Method = 'GET' | 'POST' | 'DELETE'

type NamedMethods = Method | 'GET, POST'

/** A preflight names the method that follows it. */
const getAskedMethod = ({ method, headers }: Request): string =>
  (method === 'OPTIONS' ? headers['access-control-request-method'] : method) ?? ''

const openConfiguredKeys = async ({ keys }: CoreConfig): Promise<OpenedKeys> => {
  if (keys) return openKeys(readKeysConfig(keys))
  const help = "Keys are off. The gateway's operator switches them on with KEYS=on."
  throw new GatewayError(503, 'gateway_misconfigured', help)
}

type Owner = User & { readonly id: string }

/** @throws missing_credentials (401), permission_denied (403) */
const requireOwner = (user: User): Owner => {
  const { id, kind, key } = user
  if (key) throw deniedError('A key cannot make, list or revoke keys. Sign in, and send the login token.')
  if (kind === 'anonymous') throw deniedError('Anonymous users cannot have keys. Sign in with an account.')
  if (kind === 'admin') throw deniedError('Keys belong to users. The operator makes them with npm run keys.')
  if (id !== null) return { ...user, id }
  throw new GatewayError(
    401,
    'missing_credentials',
    'Authentication is off, so the call has no user who could own a key.',
  )
}

const toMaker = ({ id }: Owner): string => `user:${id}`

const deniedError = (message: string): GatewayError => new GatewayError(403, 'permission_denied', message)

interface KeyCall {
  readonly owner: Owner
  readonly request: Request
  readonly config: CoreConfig
}

const methods: Readonly<Record<Method, (keys: OpenedKeys, call: KeyCall) => Promise<object>>> = {
  POST: async ({ book, isShared }, { owner, request, config }) => {
    const body = await readBody(request.message, config.server.maxBodyBytes)
    const attributes = parseKeyAttributes(parseKeyBody(body), Date.now())
    if (attributes.points !== null && !isShared) throw unsharedError()
    const maker = { user: owner.id, groups: owner.groups, by: toMaker(owner) }
    const { text, record } = await book.create(maker, attributes)
    request.annotate({ user_id: owner.id, key_id: record.id })
    return { ...toKeyObject(record), key: text }
  },
  GET: async ({ book }, { owner }) => ({ object: 'list', data: (await book.list(owner.id)).map(toKeyObject) }),
  DELETE: async ({ book }, { owner, request }) => {
    const id = getPathRest(request.path, keysPath) ?? ''
    const record = await book.revoke(owner.id, id, toMaker(owner))
    if (!record) throw new GatewayError(404, 'key_not_found', 'You have no key with this id. GET /v1/keys lists them.')
    request.annotate({ user_id: owner.id, key_id: id })
    return toKeyObject(record)
  },
}

/** Points of a key are counted like those of quotas. */
export const unsharedError = (): GatewayError =>
  new GatewayError(400, 'unsupported_parameter', "'points' needs USAGE_STORE=collection, mysql or rdb.", {
    param: 'points',
  })

/** Returns a key as clients see it. */
export const toKeyObject = ({ groups: _, ...record }: KeyRecord): object => ({
  object: 'key',
  status: getKeyStatus(record, Date.now()),
  ...record,
})

const keysFailure = 'The keys cannot be reached at the moment. Try again later.'
