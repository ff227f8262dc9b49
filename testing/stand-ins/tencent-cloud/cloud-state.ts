import { neutralBehaviour, type PlatformBehaviour } from './platform-behaviour.ts'

/** A deployed function. */
export interface StoredFunction {
  /** Its parameters: those of its creation with later updates. */
  readonly params: Readonly<Record<string, unknown>>
  readonly zip: Buffer
  readonly triggers: readonly { readonly TriggerName: string; readonly TriggerDesc: string; readonly Type: string }[]
  /** Increases with each change, so that processes of an older revision can be recognized. */
  readonly revision: number
  /** When its last change has been processed, in milliseconds since the epoch. */
  readonly activeAt: number
}

/** A route of the HTTP access service. */
export interface StoredRoute {
  readonly Path: string
  readonly UpstreamResourceType: string
  readonly UpstreamResourceName: string
  readonly EnablePathTransmission: boolean
  readonly [property: string]: unknown
}

/** A received call of the API. */
export interface Call {
  readonly service: string
  readonly action: string
  readonly body: Readonly<Record<string, unknown>>
}

/** A fault of the next `times` calls of an action. `cut` closes the connection. */
export interface Fault {
  readonly action: string
  times: number
  readonly error: { readonly Code: string; readonly Message: string } | 'cut'
}

/** Runs a statement. Returns the selected rows, or the result of the driver for other statements. */
export type Database = (sql: string) => Promise<unknown>

/** The state of the cloud. */
export interface CloudState {
  readonly envId: string
  /** The region of the environment. Calls to other regions do not find it. */
  readonly region: string
  readonly secretId: string
  readonly secretKey: string
  readonly functions: Map<string, StoredFunction>
  /** How long the cloud takes, in milliseconds. */
  readonly latency: {
    /** For each reply of the API. */
    replyMs: number
    /** For each change of a function, until it is active. */
    activationMs: number
  }
  /** Most functions that the plan allows. */
  maxFunctions: number
  /** Whether a policy decides who may invoke functions. The API of the rules then refuses. */
  usesPolicy: boolean
  /** The models of the group `cloudbase` that are switched on. */
  readonly enabledModels: string[]
  /** Number of changes to functions. */
  changes: number
  /** How many more times a function is described as Updating and accepts no change, by its name. */
  readonly busy: Map<string, number>
  /** The routes of the default domain, by path. */
  readonly routes: Map<string, StoredRoute>
  /** The routes of each other domain. */
  readonly otherDomains: Map<string, Map<string, StoredRoute>>
  /** How many more times the domain is described as PROCESSING. */
  processing: number
  /** Whether the HTTP access service is on. */
  accessOn: boolean
  /** Host and port of the HTTP access service. */
  domain: string
  /** Host and port from which uploaded objects are read. */
  storeHost: string
  readonly collections: Map<string, { readonly indexes: string[] }>
  readonly permissions: Map<string, { readonly Permission: string; readonly SecurityRule?: string }>
  readonly sql: string[]
  /** The MySQL database of the environment, with a new session for each statement; undefined if it is not in use. */
  database: Database | undefined
  /** The PostgreSQL of the environment; undefined if it has none. Returns the rows of a statement as texts. */
  postgres: ((sql: string) => Promise<Record<string, string | null>[]>) | undefined
  /** Variables that the platform adds to the environment of each function. */
  readonly platformVariables: Record<string, string>
  /** How the access service changes requests and replies. */
  readonly behaviour: PlatformBehaviour
  /** Log lines that every search finds. */
  readonly logLines: string[]
  /** Other environments of the account. */
  readonly otherEnvironments: string[]
  /** The static hosting of the environment. If it is open, `storeHost` has a page at its root. */
  readonly hosting: {
    isOpen: boolean
    /** How many more times it is described as being opened. */
    opening: number
    readonly domain: string
    /** Its files, by key. */
    readonly files: Map<string, Buffer>
    /** The keys of all uploads, in their order. */
    readonly uploads: string[]
  }
  /** The hosts of pages that the login service and the access service reply to. */
  readonly safeDomains: Set<string>
  /** Whether the domain of the access service is the app's own. */
  hasOwnDomain: boolean
  /** Objects uploaded to the object store, by key. */
  readonly objects: Map<string, Buffer>
  readonly calls: Call[]
  readonly faults: Fault[]
}

/** Creates an empty environment. */
export const emptyCloud = (): CloudState => ({
  envId: 'shop-1a2b3c',
  region: 'ap-shanghai',
  secretId: `AKID${'x7'.repeat(16)}`,
  secretKey: 'loopback-secret-key-0123456789abcdef',
  functions: new Map(),
  latency: { replyMs: 0, activationMs: 0 },
  maxFunctions: 50,
  usesPolicy: false,
  enabledModels: [],
  changes: 0,
  busy: new Map(),
  routes: new Map(),
  otherDomains: new Map(),
  processing: 0,
  accessOn: true,
  domain: '',
  storeHost: '',
  collections: new Map(),
  permissions: new Map(),
  sql: [],
  database: () => Promise.resolve([]),
  postgres: undefined,
  platformVariables: { TENCENTCLOUD_RUNENV: 'SCF' },
  behaviour: neutralBehaviour(),
  logLines: [],
  otherEnvironments: [],
  hosting: {
    isOpen: false,
    opening: 0,
    domain: 'shop-1a2b3c-1250000000.tcloudbaseapp.com',
    files: new Map(),
    uploads: [],
  },
  safeDomains: new Set(),
  hasOwnDomain: false,
  objects: new Map(),
  calls: [],
  faults: [],
})

/** Returns the fault of the next call of an action and counts it. Returns undefined if there is none. */
export const takeFault = ({ faults }: CloudState, action: string): Fault | undefined => {
  const fault = faults.find((candidate) => candidate.action === action && candidate.times > 0)
  if (fault) fault.times -= 1
  return fault
}
