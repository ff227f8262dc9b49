import { createHash } from 'node:crypto'
import type { FunctionSettings } from '../settings/cloudbaserc.ts'

/** What a deployment says of a function in its description, so that the next one can tell what has become of it. */
export interface DeploymentMark {
  readonly version: string
  /** Names the code. */
  readonly code: string
  /** Names what `cloudbaserc.json` says beyond the values that are read back: VPC, concurrency, layers, … */
  readonly settings: string
  /** Names the timeout, memory and environment that it was deployed with. */
  readonly values: string
}

/** Values that can be read back from the cloud, and changed in its console. */
export interface DeployedValues {
  /** Seconds. */
  readonly timeout: number
  /** MB. */
  readonly memorySize: number
  readonly environment: Readonly<Record<string, string>>
}

/** The cloud takes letters, digits, spaces, commas and full stops (SCF documentation, "CreateFunction", `Description`). */
export const formatMark = ({ version, code, settings, values }: DeploymentMark): string =>
  `LLM gateway ${version}, code ${code}, settings ${settings}, values ${values}`

const form = /^LLM gateway (\S+), code (\w+)(?:, settings (\w+), values (\w+))?$/

/** The mark in a description; undefined: this program has not deployed the function. */
export const readMark = (description: string): DeploymentMark | undefined => {
  const [, version, code, settings = '', values = ''] = form.exec(description) ?? []
  return version && code ? { version, code, settings, values } : undefined
}

/** Names the settings that are compared as a whole, because the cloud gives them back in another shape or not at all. */
export const digestSettings = (settings: FunctionSettings): string => {
  const { name: _, timeout: __, memorySize: ___, envVariables: ____, triggers: _____, ...rest } = settings
  return digest(sortFields(rest))
}

/** Names deployed values. A digest of the whole environment: it gives no single value away. */
export const digestValues = ({ timeout, memorySize, environment }: DeployedValues): string =>
  digest([timeout, memorySize, sortFields(environment)])

const sortFields = (fields: Readonly<Record<string, unknown>>): unknown =>
  Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1))

const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12)
