import { isNotFound } from '../client/cloud-failure.ts'
import type { Cloud } from '../client/connect.ts'
import { retry } from '../client/retry.ts'

/** The deployed state of a function. */
export interface FunctionState {
  readonly type: string
  readonly runtime: string
  /** `Active`, `Updating`, `UpdateFailed` and the like (SCF documentation, "Function status"). */
  readonly status: string
  /** Why it is not `Active`, as the cloud puts it; empty if the cloud gives no reason. */
  readonly reason: string
  /** Seconds. */
  readonly timeout: number
  /** MB. */
  readonly memorySize: number
  /** Most requests that one instance handles at the same time; undefined if the cloud does not report it. */
  readonly maxConcurrency: number | undefined
  readonly description: string
  readonly environment: Readonly<Record<string, string>>
  readonly timers: readonly { readonly name: string; readonly cron: string }[]
}

/** Reads a function from the cloud. Returns undefined if it does not exist. */
export const readFunctionState = async ({ app }: Cloud, name: string): Promise<FunctionState | undefined> => {
  try {
    const info = await retry(() => app.functions.getFunctionDetail(name))
    return {
      type: info.Type,
      runtime: info.Runtime,
      status: info.Status,
      reason: (info.StatusReasons ?? []).map(({ ErrorMessage }) => ErrorMessage).join(' ') || (info.StatusDesc ?? ''),
      timeout: info.Timeout,
      memorySize: info.MemorySize,
      maxConcurrency: getMaxConcurrency(info),
      description: info.Description ?? '',
      environment: Object.fromEntries((info.Environment?.Variables ?? []).map(({ Key, Value }) => [Key, Value])),
      timers: (info.Triggers ?? [])
        .filter(({ Type }) => Type === 'timer')
        .map(({ TriggerName, TriggerDesc }) => ({ name: TriggerName, cron: parseCron(TriggerDesc) })),
    }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Parses a timer's schedule. The cloud returns it as sent, or within JSON (SCF documentation, "GetFunction":
 *  `{"cron":"…"}`). */
const parseCron = (description: string): string => /"cron"\s*:\s*"([^"]+)"/.exec(description)?.[1] ?? description

/** SCF documentation, "GetFunction", `InstanceConcurrencyConfig`; absent from manager-node's types. */
const getMaxConcurrency = (info: object): number | undefined => {
  const { InstanceConcurrencyConfig: config } = info as {
    InstanceConcurrencyConfig?: { MaxConcurrency?: number } | null
  }
  return config?.MaxConcurrency
}
