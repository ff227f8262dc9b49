import { createHash } from 'node:crypto'
import type { FunctionSettings } from '../settings/cloudbaserc.ts'

/** The mark that a deployment leaves in the description of a function. The next deployment reads it to find later
 *  changes. */
export interface DeploymentMark {
  readonly version: string
  /** Digest of the code. */
  readonly code: string
  /** Digest of the settings in `cloudbaserc.json` that cannot be read back: VPC, concurrency, layers, … */
  readonly settings: string
  /** Digest of the timeout, memory and environment at deployment. */
  readonly values: string
}

/** Values that can be read back from the cloud and changed in its console. */
export interface DeployedValues {
  /** Seconds. */
  readonly timeout: number
  /** MB. */
  readonly memorySize: number
  readonly environment: Readonly<Record<string, string>>
}

/** Formats a mark. The cloud accepts letters, digits, spaces, commas and full stops (SCF documentation,
 *  "CreateFunction", `Description`). */
export const formatMark = ({ version, code, settings, values }: DeploymentMark): string =>
  `LLM gateway ${version}, code ${code}, settings ${settings}, values ${values}`

const form = /^LLM gateway (\S+), code (\w+)(?:, settings (\w+), values (\w+))?$/

/** Parses the mark in a description. Returns undefined if this program has not deployed the function. */
export const readMark = (description: string): DeploymentMark | undefined => {
  const [, version, code, settings = '', values = ''] = form.exec(description) ?? []
  return version && code ? { version, code, settings, values } : undefined
}

/** Digests the settings that the cloud returns in another shape or not at all, so they are compared as a whole. */
export const digestSettings = (settings: FunctionSettings): string => {
  const { name: _, timeout: __, memorySize: ___, envVariables: ____, triggers: _____, ...rest } = settings
  return digest(sortFields(rest))
}

/** Digests deployed values. The digest covers the whole environment, so it reveals no single value. */
export const digestValues = ({ timeout, memorySize, environment }: DeployedValues): string =>
  digest([timeout, memorySize, sortFields(environment)])

const sortFields = (fields: Readonly<Record<string, unknown>>): unknown =>
  Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1))

const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12)
