/** The replies of the console's API, as far as the page reads them (`scripts/console`). */

export interface Overview {
  readonly environment: { readonly id: string; readonly region: string } | null
  readonly development: { readonly url: string } | null
  readonly wallets: 'on' | 'off' | 'no_store'
  readonly health: Health
}

export interface Health {
  readonly status: 'ok' | 'degraded'
  readonly problems: readonly string[]
  readonly version: string
  readonly config: { readonly source: string | null; readonly models: number; readonly version: string | null }
  readonly targets: { readonly rests: string; readonly models: readonly ModelTargets[] }
  readonly usage: {
    readonly store: string
    readonly reachable: boolean | null
    readonly undelivered: number | null
    readonly dead: number | null
  }
  readonly wallet: { readonly state: string; readonly free_models: readonly string[] }
}

export interface ModelTargets {
  readonly model: string
  readonly targets: readonly {
    readonly target: string
    readonly rest: { readonly reason: string; readonly seconds: number } | null
  }[]
}

export interface Models {
  readonly map: { readonly kind: 'file' | 'table'; readonly name: string }
  readonly models: readonly Model[]
  readonly problems: readonly string[]
  readonly fields: readonly string[]
}

export interface Model {
  readonly name: string
  readonly origin: 'map' | 'variable'
  readonly is_enabled: boolean
  readonly targets: readonly {
    readonly provider: string
    readonly address: string
    readonly upstream_model: string
    readonly tier: number
  }[]
  readonly key: { readonly state: 'set' | 'missing' | 'inline' | 'none'; readonly variables: readonly string[] }
  readonly prices: { readonly input: string; readonly output: string; readonly cache?: string } | null
  readonly problems: readonly string[]
  readonly fields: readonly Field[]
}

export interface Field {
  readonly name: string
  readonly text: string
  readonly is_hidden: boolean
}

export interface Usage {
  readonly from: string
  readonly to: string
  readonly all: Totals | null
  readonly days: readonly Totals[]
  readonly models: readonly Totals[]
  readonly users: readonly Totals[]
  readonly is_cut: boolean
  readonly skipped: readonly { readonly count: number }[]
}

export interface Totals {
  readonly group: { readonly day?: string; readonly model?: string; readonly user_id?: string | null }
  readonly records: number
  readonly estimated: number
  readonly orphans: number
  readonly undelivered: number
  readonly dead: number
  readonly prompt_tokens: number
  readonly cached_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly points: number
  readonly cost_nano: number
}

export interface Records {
  readonly kind: 'newest' | 'estimated' | 'undelivered' | 'dead' | 'orphans'
  readonly records: readonly UsageRecord[]
  readonly is_cut: boolean
}

export interface UsageRecord {
  readonly request_id: string
  readonly user_id: string | null
  readonly model: string
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number }
  readonly points: number
  readonly metadata: { readonly outcome: string; readonly estimated: boolean; readonly endpoint: string }
  readonly ts: number
  readonly delivery: string
  readonly attempts: number
}

export interface Wallets {
  readonly wallets: readonly { readonly user: string; readonly balance: number; readonly available: number }[]
  readonly is_cut: boolean
}

export interface Wallet {
  readonly balance: number
  readonly reserved: number
  readonly available: number
  readonly grants: readonly Grant[]
  readonly entries: readonly Entry[]
  readonly next: number | null
}

export interface Grant {
  readonly id: string
  readonly points: number
  readonly left: number
  readonly expires_at: number | null
  readonly reason: string
}

export interface Entry {
  readonly kind: string
  readonly points: number
  readonly balance: number
  readonly request_id?: string
  readonly grant_id?: string
  readonly reason: string
  readonly actor: string
  readonly ts: number
}

export interface Keys {
  readonly is_on: boolean
  readonly keys: readonly Key[]
  readonly is_cut: boolean
}

export interface Key {
  readonly id: string
  readonly user: string
  readonly status: string
  readonly prefix: string
  readonly name: string
  readonly models: readonly string[] | null
  readonly endpoints: readonly string[] | null
  readonly addresses: readonly string[] | null
  readonly points: number | null
  readonly window: string | null
  readonly expires_at: number | null
  readonly groups: readonly string[]
  readonly created_at: number
  readonly created_by: string
  readonly revoked_by: string | null
}

/** A change that the owner has not confirmed yet. */
export interface Plan {
  readonly items: readonly { readonly name: string; readonly before: string | null; readonly after: string | null }[]
  readonly word: string
  readonly state: string
}

/** What a change has done. */
export type ChangeResult = Readonly<Record<string, unknown>>

export interface Quotas {
  readonly quotas: readonly Quota[]
  readonly counts: readonly { readonly quota: string; readonly subject: string; readonly used: number }[]
  readonly problem: string | null
}

export interface Quota {
  readonly name: string
  readonly unit: string
  readonly window: string
  readonly per: string
  readonly limit: number
  readonly models?: readonly string[]
  readonly groups?: readonly string[]
}

export interface Doctor {
  readonly is_healthy: boolean
  readonly sections: readonly { readonly subject: string; readonly findings: readonly Finding[] }[]
}

export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem' | 'open'
  readonly subject: string
  readonly detail: string
  readonly fix: string
}
