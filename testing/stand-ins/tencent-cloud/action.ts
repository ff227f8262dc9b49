import type { CloudState } from './cloud-state.ts'

/** The parameters of a call. */
export type ActionBody = Readonly<Record<string, unknown>>

/** One action of the cloud's API. Returns its response or throws a CloudError. */
export type Action = (state: CloudState, body: ActionBody) => object | Promise<object>
