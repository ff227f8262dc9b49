import type { TencentCloud } from '../../testing/stand-ins/tencent-cloud/tencent-cloud.ts'

/** A variable as it was sent to the cloud. Only a test checks that its value is a string. */
interface DeployedVariable {
  readonly Key: string
  readonly Value: unknown
}

/** The variables of a function in the cloud. */
export const deployedVariables = ({ state }: TencentCloud, name: string): readonly DeployedVariable[] => {
  const environment = state.functions.get(name)?.params['Environment'] as { Variables?: DeployedVariable[] } | undefined
  return environment?.Variables ?? []
}
