import { neutralBehaviour, type PlatformBehaviour } from './platform-behaviour.ts'

/** A function as the stand-in keeps it. */
export interface StoredFunction {
  /** The parameters it was created with, brought up to date by later calls. */
  readonly params: Readonly<Record<string, unknown>>
  readonly zip: Buffer
  readonly triggers: readonly { readonly TriggerName: string; readonly TriggerDesc: string; readonly Type: string }[]
  /** Grows with each change, so that a running process of an older one can be told. */
  readonly revision: number
}

export interface StoredRoute {
  readonly Path: string
  readonly UpstreamResourceType: string
  readonly UpstreamResourceName: string
  readonly EnablePathTransmission: boolean
  readonly [property: string]: unknown
}

export interface Call {
  readonly service: string
  readonly action: string
  readonly body: Readonly<Record<string, unknown>>
}

/** What goes wrong: the next calls of an action, as many as `times`. `cut`: the connection breaks off. */
export interface Fault {
  readonly action: string
  times: number
  readonly error: { readonly Code: string; readonly Message: string } | 'cut'
}

/** Runs a statement; the rows that it selects, or what a driver gives for one that selects none. */
export type Database = (sql: string) => Promise<unknown>

/** Everything that the stand-in knows. */
export interface CloudState {
  readonly envId: string
  /** Where the environment is; from any other region it cannot be seen. */
  readonly region: string
  readonly secretId: string
  readonly secretKey: string
  readonly functions: Map<string, StoredFunction>
  /** How many changes of functions there have been. */
  changes: number
  /** How many more times a function is described as Updating, and takes no change, by its name. */
  readonly busy: Map<string, number>
  readonly routes: Map<string, StoredRoute>
  /** How many more times the domain is described as PROCESSING. */
  processing: number
  /** Whether the HTTP access service is on. */
  accessOn: boolean
  /** Host and port of the HTTP access service. */
  domain: string
  /** Host and port that uploaded objects are read from. */
  storeHost: string
  readonly collections: Map<string, { readonly indexes: string[] }>
  readonly permissions: Map<string, { readonly Permission: string; readonly SecurityRule?: string }>
  readonly sql: string[]
  /** The environment's MySQL: rows for a statement, each in a session of its own; undefined: none has been opened. */
  database: Database | undefined
  /** What the access service does to requests. */
  readonly behaviour: PlatformBehaviour
  /** Lines of log that a search finds, whatever it searches for. */
  readonly logLines: string[]
  /** Other environments of the account. */
  readonly otherEnvironments: string[]
  /** Objects uploaded to the object store, by key. */
  readonly objects: Map<string, Buffer>
  readonly calls: Call[]
  readonly faults: Fault[]
}

/** An environment with nothing in it. */
export const emptyCloud = (): CloudState => ({
  envId: 'shop-1a2b3c',
  region: 'ap-shanghai',
  secretId: `AKID${'x7'.repeat(16)}`,
  secretKey: 'loopback-secret-key-0123456789abcdef',
  functions: new Map(),
  changes: 0,
  busy: new Map(),
  routes: new Map(),
  processing: 0,
  accessOn: true,
  domain: '',
  storeHost: '',
  collections: new Map(),
  permissions: new Map(),
  sql: [],
  database: () => Promise.resolve([]),
  behaviour: neutralBehaviour(),
  logLines: [],
  otherEnvironments: [],
  objects: new Map(),
  calls: [],
  faults: [],
})

/** The fault that the next call of an action runs into, counted; undefined: it goes well. */
export const takeFault = ({ faults }: CloudState, action: string): Fault | undefined => {
  const fault = faults.find((candidate) => candidate.action === action && candidate.times > 0)
  if (fault) fault.times -= 1
  return fault
}
