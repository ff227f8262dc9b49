import type { Action } from './action.ts'
import { CloudError } from './cloud-error.ts'
import type { CloudState } from './cloud-state.ts'

const describeEnvironment = ({ envId, usesPolicy }: CloudState) => ({
  EnvId: envId,
  Alias: 'shop',
  Status: 'NORMAL',
  Region: 'ap-shanghai',
  Functions: [{ Namespace: envId, Region: 'ap-shanghai' }],
  Storages: [{ AppId: '1250000000', Bucket: '7368-shop-1250000000', Region: 'ap-shanghai' }],
  Databases: [{ InstanceId: 'tnt-shop', Status: 'RUNNING', Region: 'ap-shanghai' }],
  LogServices: [{ TopicId: 'topic', LogsetId: 'logset', Region: 'ap-shanghai' }],
  Meta: usesPolicy ? [{ Key: 'authz_engine', Value: 'opa' }] : [],
})

/** The environment and the account (service `tcb`). */
export const environmentActions: Readonly<Record<string, Action>> = {
  DescribeEnvInfo: (state, { EnvId }) => {
    if (EnvId !== state.envId) throw new CloudError('ResourceNotFound.EnvNotFound', `Env ${String(EnvId)} not found`)
    return { EnvInfo: { EnvBaseInfo: describeEnvironment(state), UserInfo: { AppId: '1250000000' } } }
  },
  DescribeEnvs: (state) => {
    const others = state.otherEnvironments.map((EnvId) => ({ ...describeEnvironment(state), EnvId }))
    return { EnvList: [describeEnvironment(state), ...others], Total: 1 + others.length }
  },
  SearchClsLog: ({ logLines }) => ({
    LogResults: { Context: '', ListOver: true, Results: logLines.map((Content) => ({ Content })) },
  }),
  DescribeTcbAccountInfo: () => ({ CloudAppId: '1250000000' }),
  DescribeAIModels: ({ enabledModels }) => {
    const Models = enabledModels.map((Model) => ({ Model }))
    return { AIModels: [{ GroupName: 'cloudbase', Type: 'builtin', Status: Models.length > 0 ? 1 : 2, Models }] }
  },
}
