import { createHash } from 'node:crypto'
import type { Action, ActionBody } from './action.ts'
import { CloudError } from './cloud-error.ts'
import type { CloudState, StoredFunction } from './cloud-state.ts'
import { invoke } from './invoke.ts'

const findFunction = (state: CloudState, body: ActionBody): StoredFunction => {
  const name = String(body['FunctionName'])
  const stored = state.functions.get(name)
  if (stored) return stored
  throw new CloudError('ResourceNotFound.Function', `Function [${name}] does not exist`)
}

const changeFunction = (state: CloudState, body: ActionBody, changes: Partial<StoredFunction>): object => {
  const stored = findFunction(state, body)
  if ((state.busy.get(String(body['FunctionName'])) ?? 0) > 0 || stored.activeAt > Date.now()) {
    throw new CloudError('FailedOperation.FunctionStatusError', 'the status of the function does not allow this now')
  }
  state.functions.set(String(body['FunctionName']), { ...stored, ...changes, ...getChange(state) })
  return {}
}

const getChange = (state: CloudState): Pick<StoredFunction, 'revision' | 'activeAt'> => {
  state.changes += 1
  return { revision: state.changes, activeAt: Date.now() + state.latency.activationMs }
}

/** Reads the zip of a request: base64 in the request, or an object of the object store. */
const readZip = (state: CloudState, body: ActionBody): Buffer => {
  const { ZipFile, TempCosObjectName } = (body['Code'] ?? {}) as { ZipFile?: string; TempCosObjectName?: string }
  if (ZipFile) return Buffer.from(ZipFile, 'base64')
  const found = state.objects.get(String(TempCosObjectName).replace(/^\//, ''))
  if (found) return found
  throw new CloudError('InvalidParameterValue.CosObjectName', 'the code is not in the object store')
}

/** Returns `Updating` as often and as long as the state requires, then `Active`. */
const takeStatus = (state: CloudState, { FunctionName }: ActionBody, { activeAt }: StoredFunction): string => {
  const left = state.busy.get(String(FunctionName)) ?? 0
  state.busy.set(String(FunctionName), Math.max(0, left - 1))
  return left > 0 || activeAt > Date.now() ? 'Updating' : 'Active'
}

interface Variables {
  readonly Variables?: readonly { readonly Key: string; readonly Value: unknown }[]
}

/** SCF, "CreateFunction": values are strings, 4 KB in all. */
const checkEnvironment = (body: ActionBody): void => {
  const { Variables = [] } = (body['Environment'] ?? {}) as Variables
  const bytes = Variables.reduce((sum, { Key, Value }) => sum + Buffer.byteLength(Key + String(Value)), 0)
  if (Variables.some(({ Value }) => typeof Value !== 'string')) {
    throw new CloudError('InvalidParameter.Payload', 'the value of Environment.Variables is not a string')
  }
  if (bytes > 4096)
    throw new CloudError('InvalidParameterValue.EnvironmentExceededLimit', 'the environment exceeds 4 KB')
}

/** Functions and their timers (service `scf`). */
export const functionActions: Readonly<Record<string, Action>> = {
  CreateFunction: (state, body) => {
    const name = String(body['FunctionName'])
    if (state.functions.has(name)) throw new CloudError('ResourceInUse.Function', `Function ${name} already exists`)
    if (state.functions.size >= state.maxFunctions)
      throw new CloudError('LimitExceeded.Function', `the limit of ${state.maxFunctions} functions is reached`)
    checkEnvironment(body)
    const { Code: _, ...params } = body
    state.functions.set(name, { params, zip: readZip(state, body), triggers: [], ...getChange(state) })
    return {}
  },
  UpdateFunctionCode: (state, body) => changeFunction(state, body, { zip: readZip(state, body) }),
  UpdateFunctionConfiguration: (state, body) => {
    checkEnvironment(body)
    return changeFunction(state, body, { params: { ...findFunction(state, body).params, ...body } })
  },
  GetFunction: (state, body) => {
    const stored = findFunction(state, body)
    const { params, triggers } = stored
    return { Type: 'Event', Status: takeStatus(state, body, stored), ...params, Triggers: triggers, CodeSize: 1 }
  },
  ListFunctions: (state) => ({
    Functions: [...state.functions.values()].map(({ params }) => ({ ...params, Status: 'Active' })),
    TotalCount: state.functions.size,
  }),
  Invoke: async (state, body) => ({
    Result: await invoke(findFunction(state, body), String(body['ClientContext'] ?? '{}')),
  }),
  DeleteFunction: (state, body) => {
    findFunction(state, body)
    state.functions.delete(String(body['FunctionName']))
    return {}
  },
  BatchCreateTrigger: (state, body) => {
    const { triggers } = findFunction(state, body)
    const added = JSON.parse(String(body['Triggers'])) as StoredFunction['triggers']
    const kept = triggers.filter((old) => added.every(({ TriggerName }) => TriggerName !== old.TriggerName))
    return changeFunction(state, body, { triggers: [...kept, ...added] })
  },
  DeleteTrigger: (state, body) => {
    const triggers = findFunction(state, body).triggers.filter(({ TriggerName }) => TriggerName !== body['TriggerName'])
    return changeFunction(state, body, { triggers })
  },
  GetFunctionAddress: (state, body) => {
    const { zip } = findFunction(state, body)
    const key = `deployed/${String(body['FunctionName'])}.zip`
    state.objects.set(key, zip)
    return { Url: `https://${state.storeHost}/${key}`, CodeSha256: createHash('sha256').update(zip).digest('hex') }
  },
  GetTempCosInfo: () => ({
    Date: '2026-01-01',
    Sign: 'q-sign-algorithm=sha1&q-ak=temporary&q-sign-time=1;2&q-key-time=1;2&q-header-list=&q-url-param-list=&q-signature=0',
  }),
}
