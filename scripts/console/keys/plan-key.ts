import type { KeyAttributes } from '../../../shared/auth/keys/key-record.ts'
import { parseKeyAttributes } from '../../../shared/gateway/account/key-requests.ts'
import { unsharedError } from '../../../shared/gateway/account/serve-keys.ts'
import { readId } from '../../../shared/gateway/account/wallet-requests.ts'
import { GatewayError } from '../../../shared/protocol/errors.ts'
import type { PlanChange, PlanItem } from '../changes/plan.ts'

/** Who makes and revokes keys with the console, as the audit names it. */
const by = 'operator'

/** Plans a new key: `{user_id, groups}` and the fields of `POST /v1/keys`. The result has its text, the only time that it is shown.
 *  @throws invalid_value, unsupported_parameter (400, with `param`); ConsoleError no_keys (409) if no store holds keys */
export const planKey: PlanChange = async (workspace, request) => {
  const { user_id: _, groups = [], ...fields } = request
  const user = readId(request, 'user_id')
  if (!isTexts(groups))
    throw new GatewayError(400, 'invalid_value', "'groups' must be a list of texts.", { param: 'groups' })
  const attributes = parseKeyAttributes(fields, Date.now())
  const { book, isShared } = await workspace.openKeys()
  if (attributes.points !== null && !isShared) throw unsharedError()
  return {
    items: listItems({ user, groups, ...attributes }),
    word: user,
    basis: attributes,
    apply: async () => {
      const { text, record } = await book.create({ user, groups, by }, attributes)
      return { id: record.id, secret: text }
    },
  }
}

/** Plans the end of a key: `{user_id, id}`.
 *  @throws key_not_found (404) if the user has no such key that is active */
export const planKeyEnd: PlanChange = async (workspace, request) => {
  const user = readId(request, 'user_id')
  const { book } = await workspace.openKeys()
  const record = (await book.list(user)).find(({ id }) => id === request['id'])
  if (!record || record.revoked_at !== null)
    throw new GatewayError(404, 'key_not_found', 'The user has no such key.', { param: 'id' })
  return {
    items: [{ name: 'api_key', before: [`${record.prefix}…`, record.name].join(' ').trim(), after: null }],
    word: user,
    basis: record.id,
    apply: async () => {
      await book.revoke(user, record.id, by)
      return { id: record.id }
    },
  }
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')

/** Only what is set: the rest is not limited. */
const listItems = (key: KeyAttributes & { readonly user: string; readonly groups: readonly string[] }): PlanItem[] => {
  const { user, groups, name, models, endpoints, addresses, points, window, expires_at: expiry } = key
  const texts = {
    owner: user,
    name,
    groups: groups.join(', '),
    models: models?.join(', ') ?? '',
    endpoints: endpoints?.join(', ') ?? '',
    addresses: addresses?.join(', ') ?? '',
    points: points === null ? '' : String(points),
    window: window ?? '',
    expires_at: expiry === null ? '' : new Date(expiry * 1_000).toISOString(),
  }
  return Object.entries(texts)
    .filter(([, text]) => text !== '')
    .map(([field, after]) => ({ name: field, before: null, after }))
}
