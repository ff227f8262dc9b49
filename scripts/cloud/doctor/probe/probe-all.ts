import { probeName } from '../../../functions.ts'
import { type CloudFailure, toCloudFailure } from '../../client/cloud-failure.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { onInterrupt } from '../../prompt/on-interrupt.ts'
import type { ExaminationInput } from '../examine/examination.ts'
import type { Finding, Section } from '../examine/finding.ts'
import { accountProbes } from './account-probes.ts'
import { answerProbes } from './answer-probes.ts'
import { callerProbes } from './caller-probes.ts'
import { leaveOpen, type Probe, type ProbeInput } from './probe.ts'
import { deployProbe, type ProbeFunction, removeProbe } from './probe-function.ts'
import { requestProbes } from './request-probes.ts'

/** The options of the probes. */
export type ProbeOptions = Pick<ProbeInput, 'seconds' | 'miniProgramSeconds' | 'note'>

/** All open questions, in the order of the table. */
const probes: readonly Probe[] = [...requestProbes, ...callerProbes, ...accountProbes, ...answerProbes]

/** Deploys the probe function, runs all probes, and removes the function. */
export const probeAll = async (input: ExaminationInput, options: ProbeOptions): Promise<Section> => {
  const { seconds, note } = options
  const deployment = { cloud: input.cloud, variables: input.variables, seconds }
  const leftover = `${probeName} and its routes still exist: run this again, or npm run undeploy.`
  const removeHandler = onInterrupt(() => note(leftover))
  note(`Deploying ${probeName}, to be removed at the end …`)
  const deployed = await deployProbe(deployment).catch((error: unknown) => ({ failure: toCloudFailure(error) }))
  note(`Probing; this takes about ${Math.ceil(3 * seconds + 15)} seconds …`)
  const findings = await askAll({ ...options, input, probe: () => requireFunction(deployed) })
  const removal = await removeProbe(deployment).then(
    () => [],
    () => [
      {
        level: 'warning' as const,
        subject: probeName,
        detail: 'could not be removed',
        fix: 'Run npm run undeploy, or remove it in the console.',
      },
    ],
  )
  removeHandler()
  return { subject: 'facts of this environment', findings: [...findings, ...removal] }
}

const requireFunction = (deployed: ProbeFunction | { readonly failure: CloudFailure }): ProbeFunction => {
  if ('failure' in deployed) {
    const { reason, advice } = deployed.failure
    throw new DeploymentError(`${probeName} could not be asked. ${reason}`, { advice })
  }
  return deployed
}

const askAll = async (subject: ProbeInput): Promise<Finding[]> => {
  const findings: Finding[] = []
  for (const probe of probes) {
    const answer = await probe.ask(subject).catch((error: unknown) => {
      const { reason, advice } = toCloudFailure(error)
      return leaveOpen(reason, advice)
    })
    findings.push({ subject: probe.question, ...answer })
  }
  return findings
}
