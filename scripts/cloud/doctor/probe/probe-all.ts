import { probeName } from '../../../functions.ts'
import { toCloudFailure } from '../../client/cloud-failure.ts'
import { onInterrupt } from '../../prompt/on-interrupt.ts'
import type { ExaminationInput } from '../examine/examination.ts'
import type { Finding, Section } from '../examine/finding.ts'
import { accountProbes } from './account-probes.ts'
import { answerProbes } from './answer-probes.ts'
import type { Probe, ProbeInput } from './probe.ts'
import { deployProbe, type ProbeFunction, removeProbe } from './probe-function.ts'
import { requestProbes } from './request-probes.ts'

export interface ProbeOptions {
  /** The longest silence and the longest stream to try, in seconds. */
  readonly seconds: number
  /** Says something to a person who waits. */
  readonly note: (line: string) => void
}

/** Every open question, in the order of the table. */
const probes: readonly Probe[] = [...requestProbes, ...accountProbes, ...answerProbes]

/** Deploys a function to ask, asks every question, and takes the function away again. */
export const probeAll = async (input: ExaminationInput, { seconds, note }: ProbeOptions): Promise<Section> => {
  const deployment = { cloud: input.cloud, variables: input.variables, seconds }
  const remains = `${probeName} and its routes are still there: run this again, or npm run undeploy.`
  const forget = onInterrupt(() => note(remains))
  note(`Deploying ${probeName}, to be removed at the end …`)
  const deployed = await deployProbe(deployment).catch((error: unknown) => ({ failure: toCloudFailure(error).reason }))
  note(`Asking; this takes some ${Math.ceil(3 * seconds + 15)} seconds …`)
  const findings = await askAll({ input, seconds, probe: () => requireFunction(deployed) })
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
  forget()
  return { subject: 'facts of this environment', findings: [...findings, ...removal] }
}

const requireFunction = (deployed: ProbeFunction | { readonly failure: string }): ProbeFunction => {
  if ('failure' in deployed) throw new Error(`${probeName} could not be deployed. ${deployed.failure}`)
  return deployed
}

const askAll = async (subject: ProbeInput): Promise<Finding[]> => {
  const findings: Finding[] = []
  for (const probe of probes) {
    const detail = await probe.ask(subject).catch((error: unknown) => `open: ${toCloudFailure(error).reason}`)
    const level = detail.startsWith('open:') ? ('open' as const) : ('ok' as const)
    findings.push({ level, subject: probe.question, detail, fix: '' })
  }
  return findings
}
