import type { User } from '../../protocol/user.ts'
import type { WindowName } from './windows.ts'

/** The unit of a quota. */
export const quotaUnits = ['requests', 'tokens', 'points'] as const

/** One of {@link quotaUnits}. */
export type QuotaUnit = (typeof quotaUnits)[number]

/** What has a count of its own: each user, each key, each group, each model, or all calls together. */
export const quotaSubjects = ['user', 'key', 'group', 'model', 'environment'] as const

/** One of {@link quotaSubjects}. */
export type QuotaSubject = (typeof quotaSubjects)[number]

/** A limit on the use in a window of time. */
export interface Quota {
  /** Unique: the count belongs to it, and refused callers see it. Letters, digits, `.`, `_` and `-`. */
  readonly name: string
  readonly unit: QuotaUnit
  readonly window: WindowName
  readonly per: QuotaSubject
  /** At least 1. */
  readonly limit: number
  /** Only calls of these models count; undefined: all. */
  readonly models: readonly string[] | undefined
  /** Only calls of users in one of these groups count; undefined: all. */
  readonly groups: readonly string[] | undefined
}

/** A call as quotas see it. */
export interface QuotaCall {
  readonly user: User
  /** The client's name of the model. */
  readonly model: string
}

/** Returns whose counts of a quota a call adds to; empty if the quota does not apply to it. The administrator and calls
 *  without authentication belong to no user and no group. */
export const listSubjects = ({ per, models, groups }: Quota, { user, model }: QuotaCall): readonly string[] => {
  if (models && !models.includes(model)) return []
  const joined = groups ? user.groups.filter((group) => groups.includes(group)) : user.groups
  if (groups && joined.length === 0) return []
  const { id, kind, key } = user
  const counted = id === null || kind === 'admin' ? { user: [], group: [] } : { user: [id], group: joined }
  return { ...counted, key: key ? [key.id] : [], model: [model], environment: [''] }[per]
}
