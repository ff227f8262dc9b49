import { patiently } from '../../client/retry.ts'
import { deployedCode } from '../../functions/deployed-code.ts'
import { readMark } from '../../functions/deployment-mark.ts'
import {
  codeChange,
  fixedDifference,
  isForeign,
  settingChanges,
  variableChanges,
  wantedEnvironment,
  wantedFunction,
} from '../../functions/function-changes.ts'
import { openToClients, readFunctionRules } from '../../functions/function-rules.ts'
import { type FunctionState, functionState } from '../../functions/function-state.ts'
import type { Examination, Patient } from './examination.ts'
import { type Finding, fine, wrong } from './finding.ts'

type Settings = Patient['settings'][number]

const deployAgain = 'Run npm run deploy.'

/** Every function: there, active, with the code, timeout, memory, environment and timers of this folder. */
export const examineFunctions: Examination = {
  subject: 'functions',
  examine: async (patient) => {
    const findings: Finding[] = []
    for (const settings of patient.settings) findings.push(...(await examineFunction(patient, settings)))
    return findings
  },
}

const examineFunction = async (patient: Patient, settings: Settings): Promise<Finding[]> => {
  const { name } = settings
  const state = await functionState(patient.cloud, name)
  if (!state) return [wrong(name, 'is not deployed', deployAgain)]
  if (isForeign(state))
    return [wrong(name, 'is a function that is not the gateway’s', 'Rename it, then run npm run deploy.')]
  if (state.status !== 'Active') {
    const look = `Look at it (console: Cloud Functions > ${name}), then run npm run deploy.`
    return [wrong(name, `is ${state.status}. ${state.reason}`.trim(), look)]
  }
  const fixed = fixedDifference(settings, state)
  if (fixed) return [wrong(name, fixed, 'Delete it, then run npm run deploy.')]
  return [await examineSettings(patient, settings, state), ...examineTimers(settings, state)]
}

/** Compares the code itself where it can be had, because the CLI leaves no mark. */
const examineSettings = async (patient: Patient, settings: Settings, state: FunctionState): Promise<Finding> => {
  const { name } = settings
  const built = patient.packageOf(name)?.digest
  const mark = readMark(state.description)
  const code = (await deployedCode(patient.cloud, name).catch(() => mark?.code)) ?? 'unknown'
  const changes = settingChanges(wantedFunction(settings, patient.version, code), state)
  if (built !== undefined && built !== code) changes.unshift(codeChange(mark))
  const origin = mark ? `version ${mark.version}` : 'no mark of npm run deploy'
  return changes.length === 0
    ? fine(name, `${origin}, code ${code}, ${state.timeout} s, ${state.memorySize} MB`)
    : wrong(name, `differs: ${changes.join('; ')}`, deployAgain)
}

const examineTimers = ({ name, triggers = [] }: Settings, { timers }: FunctionState): Finding[] =>
  triggers
    .filter(({ name: timer, config }) => !timers.some((own) => own.name === timer && own.cron === config))
    .map((timer) => wrong(name, `has no timer ${timer.name} (${timer.config})`, deployAgain))

/** The names of the variables that each function has, never their values. */
export const examineEnvironments: Examination = {
  subject: 'environment names',
  examine: async ({ cloud, settings }) => {
    const findings: Finding[] = []
    for (const row of settings) {
      const state = await functionState(cloud, row.name)
      if (!state) continue
      const names = Object.keys(state.environment).sort().join(' ')
      const changes = variableChanges(state.environment, wantedEnvironment(row))
      findings.push(changes === '' ? fine(row.name, names) : wrong(row.name, `${names} (${changes})`, deployAgain))
    }
    return findings
  },
}

/** Event functions must not be callable by the app's users. */
export const examineRules: Examination = {
  subject: 'security rules',
  examine: async ({ cloud, settings }) => {
    const names = settings.filter(({ type }) => type === 'Event').map(({ name }) => name)
    const open = openToClients(await readFunctionRules(cloud), names)
    const closed = fine('security rules', `${names.join(', ')} are closed to clients`)
    const first =
      open.length === 0 ? closed : wrong('security rules', `clients may call ${open.join(', ')}`, deployAgain)
    return [first, ...((await followsPolicy(cloud)) ? [policyWarning(names)] : [])]
  },
}

/** Newer environments may follow a policy in Rego instead of these rules (manager-node 5.6.5, `authz_engine`). */
const followsPolicy = async ({ app }: Patient['cloud']): Promise<boolean> => {
  const { EnvInfo } = await patiently(() => app.env.getEnvInfo())
  const { Meta: tags } = EnvInfo as { Meta?: readonly { readonly Key: string; readonly Value: string }[] }
  return (tags ?? []).some(({ Key, Value }) => Key === 'authz_engine' && Value === 'opa')
}

const policyWarning = (names: readonly string[]): Finding => ({
  level: 'warning',
  subject: 'security rules',
  detail: 'this environment follows a policy instead of them',
  fix: `Deny clients to invoke ${names.join(', ')} in the policy (console: Permissions).`,
})
