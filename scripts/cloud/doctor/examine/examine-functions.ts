import { functions, getClientAccess } from '../../../functions.ts'
import { listRejectedValues } from '../../../variables/rejected-values.ts'
import { mapParallel } from '../../client/map-parallel.ts'
import { readDeployedCode } from '../../functions/deployed-code.ts'
import { readMark } from '../../functions/deployment-mark.ts'
import {
  describeCodeChange,
  describeVariableChanges,
  findFixedDifference,
  findSettingChanges,
  getWantedEnvironment,
  getWantedFunction,
  isForeign,
} from '../../functions/function-changes.ts'
import { type ClientAccess, findWrongAccess, readFunctionRules, usesPolicy } from '../../functions/function-rules.ts'
import { type FunctionState, readFunctionState } from '../../functions/function-state.ts'
import { countEnvironmentBytes, findLargestVariable, maxEnvironmentBytes } from '../../settings/environment-size.ts'
import { findUnknownValues, type LeftOut, listValues } from '../../settings/select-functions.ts'
import type { Examination, ExaminationInput } from './examination.ts'
import { type Finding, fail, pass } from './finding.ts'

type Settings = ExaminationInput['settings'][number]

const deployAgain = 'Run npm run deploy.'

/** Examines every function: it exists, is active, and has the code, timeout, memory, environment and timers of this
 *  folder. */
export const examineFunctions: Examination = {
  subject: 'functions',
  examine: async (input) => {
    const findings = await mapParallel(input.settings, (settings) => examineFunction(input, settings))
    const leftOver = await mapParallel(input.selection.leftOut, (row) => examineLeftOut(input, row))
    return [...examineNames(input), ...findings, ...leftOver].flat()
  },
}

/** A name of no function, such as a misspelt one, stops `npm run deploy`. */
const examineNames = ({ variables }: ExaminationInput): Finding[] => {
  const unknown = findUnknownValues('GATEWAY_FUNCTIONS', functions, variables)
  if (unknown.length === 0) return []
  const known = listValues('GATEWAY_FUNCTIONS', functions).join(', ')
  const fix = `Correct it: it can name ${known}, separated by commas.`
  return [fail('GATEWAY_FUNCTIONS', `has ${unknown.join(', ')}, which is no optional function`, fix)]
}

/** A function of an earlier deployment stays until someone removes it. */
const examineLeftOut = async ({ cloud }: ExaminationInput, { name, need, setting }: LeftOut): Promise<Finding[]> => {
  const state = await readFunctionState(cloud, name)
  if (!state || isForeign(state)) return []
  const lack = need.value === undefined ? 'is not set' : `does not have ${need.value}`
  const detail = `is deployed, but ${need.variable} ${lack}`
  const fix = `Set ${setting} and run npm run deploy, or delete it (console: Cloud Functions).`
  return [{ level: 'warning', subject: name, detail, fix }]
}

const examineFunction = async (input: ExaminationInput, settings: Settings): Promise<Finding[]> => {
  const { name } = settings
  const state = await readFunctionState(input.cloud, name)
  if (!state) return [fail(name, 'is not deployed', deployAgain)]
  if (isForeign(state)) return [fail(name, 'is not a function of the gateway', 'Rename it, then run npm run deploy.')]
  if (state.status !== 'Active') {
    const advice = `Open it (console: Cloud Functions > ${name}), then run npm run deploy.`
    return [fail(name, `is ${state.status}. ${state.reason}`.trim(), advice)]
  }
  const fixed = findFixedDifference(settings, state)
  if (fixed) return [fail(name, fixed, 'Delete it, then run npm run deploy.')]
  return [await examineSettings(input, settings, state), ...examineTimers(settings, state)]
}

/** Compares the code itself if it can be downloaded, because the CLI leaves no mark. */
const examineSettings = async (input: ExaminationInput, settings: Settings, state: FunctionState): Promise<Finding> => {
  const { name } = settings
  const built = input.getPackage(name)?.digest
  const mark = readMark(state.description)
  const code = (await readDeployedCode(input.cloud, name).catch(() => mark?.code)) ?? 'unknown'
  const changes = findSettingChanges(getWantedFunction(settings, input.version, code), state)
  if (built !== undefined && built !== code) changes.unshift(describeCodeChange(mark))
  const origin = mark ? `version ${mark.version}` : 'no mark of npm run deploy'
  return changes.length === 0
    ? pass(name, `${origin}, code ${code}, ${state.timeout} s, ${state.memorySize} MB`)
    : fail(name, `differs: ${changes.join('; ')}`, deployAgain)
}

const examineTimers = ({ name, triggers = [] }: Settings, { timers }: FunctionState): Finding[] =>
  triggers
    .filter(({ name: timer, config }) => !timers.some((own) => own.name === timer && own.cron === config))
    .map((timer) => fail(name, `has no timer ${timer.name} (${timer.config})`, deployAgain))

/** Examines the variables: whether the gateway accepts the values here, and the names that each function has. No value is
 *  shown. */
export const examineEnvironments: Examination = {
  subject: 'environment names',
  examine: async ({ cloud, settings, variables }) => {
    const rejected = listRejectedValues(variables).map(({ name, must }) =>
      fail(name, must, 'Correct it in .env, then run npm run deploy.'),
    )
    const findings = await mapParallel(settings, async (row) => {
      const state = await readFunctionState(cloud, row.name)
      return state ? [examineEnvironment(row, state)] : []
    })
    return [...rejected, ...settings.flatMap(examineSize), ...findings.flat()]
  },
}

/** A key more, or a list that grows, and the next deployment fails. */
const nearlyFullBytes = 0.9 * maxEnvironmentBytes

const shorten = (largest: string): string =>
  `Shorten ${largest}, its largest value; or keep models with their keys in a table (REMOTE_CONFIG_SOURCE), whose rows may hold keys.`

/** Examines the bytes that the next deployment would give to a function. */
const examineSize = (row: Settings): Finding[] => {
  const bytes = countEnvironmentBytes(row)
  if (bytes <= nearlyFullBytes) return []
  const level = bytes > maxEnvironmentBytes ? ('problem' as const) : ('warning' as const)
  const detail = `has ${bytes} bytes of environment, of ${maxEnvironmentBytes} at most`
  return [{ level, subject: row.name, detail, fix: shorten(findLargestVariable(row)) }]
}

const examineEnvironment = (row: Settings, { environment }: FunctionState): Finding => {
  const names = Object.keys(environment).sort().join(' ')
  const changes = describeVariableChanges(environment, getWantedEnvironment(row))
  return changes === '' ? pass(row.name, names) : fail(row.name, `${names} (${changes})`, deployAgain)
}

/** Examines the security rules: users of the app may invoke Event functions only if these are made for them. */
export const examineRules: Examination = {
  subject: 'security rules',
  examine: async ({ cloud, selection }) => {
    const access = getClientAccess(selection.wanted)
    if (await usesPolicy(cloud)) return [createPolicyWarning(access)]
    const wrong = findWrongAccess(await readFunctionRules(cloud), access)
    const faults = [
      ...(wrong.closed.length > 0 ? [`clients may call ${wrong.closed.join(', ')}`] : []),
      ...(wrong.open.length > 0 ? [`users may not call ${wrong.open.join(', ')}`] : []),
    ]
    const asWanted = `${access.closed.join(', ')} are closed to clients`
    return [
      faults.length === 0 ? pass('security rules', asWanted) : fail('security rules', faults.join('; '), deployAgain),
    ]
  },
}

const createPolicyWarning = ({ closed, open }: ClientAccess): Finding => ({
  level: 'warning',
  subject: 'security rules',
  detail: 'do not apply: this environment uses a policy instead, as those with PostgreSQL do',
  fix: `Allow everyone to invoke the HTTP functions, as the gateway checks each caller itself. Deny clients to invoke ${closed.join(', ')}${open.length > 0 ? ` and allow users ${open.join(', ')}` : ''} in the policy (console: Permissions).`,
})
