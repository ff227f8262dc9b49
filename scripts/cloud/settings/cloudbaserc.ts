import { join } from 'node:path'
import * as z from 'zod/mini'
import { readText } from '../../variables/read-text.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { DeploymentError } from '../client/deployment-error.ts'

const timer = z.object({ name: z.string(), type: z.literal('timer'), config: z.string() })

/** One function of `cloudbaserc.json`. Its other fields (`vpc`, `layers`, …) are passed on unchanged. */
const functionSchema = z.looseObject({
  name: z.string(),
  type: z.enum(['HTTP', 'Event']),
  runtime: z.string(),
  /** Seconds. */
  timeout: z.number(),
  /** MB. */
  memorySize: z.number(),
  triggers: z.optional(z.array(timer)),
  envVariables: z.record(z.string(), z.unknown()),
})

const fileSchema = z.looseObject({ functions: z.array(functionSchema) })

/** The settings of a function in `cloudbaserc.json`, with its templates filled in. Values may have any type; the
 *  preflight reports those that are not strings. */
export type FunctionSettings = z.infer<typeof functionSchema>

/** Reads `cloudbaserc.json` as the CloudBase CLI 2.12 does: `{{env.X}}` becomes the value of the variable. Leaves
 *  blank values out; the CLI sends them as empty strings.
 *  @throws DeploymentError if the file is missing or the CLI would not accept it */
export const readCloudbaserc = (folder: string, variables: Variables): FunctionSettings[] => {
  const file = fileSchema.safeParse(parseFile(join(folder, 'cloudbaserc.json')))
  if (file.success) return file.data.functions.map((settings) => fillTemplates(settings, variables))
  const [issue] = file.error.issues
  throw new DeploymentError(`cloudbaserc.json: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not valid'}.`)
}

/** Returns the variables that `cloudbaserc.json` uses in templates, in any field. */
export const readTemplateVariables = (folder: string): string[] =>
  [...readText(join(folder, 'cloudbaserc.json')).matchAll(template)].flatMap(([, name]) => name ?? [])

const template = /\{\{\s*env\.(\w+)\s*\}\}/g

const parseFile = (path: string): unknown => {
  try {
    return JSON.parse(readText(path))
  } catch {
    throw new DeploymentError('There is no readable cloudbaserc.json here. Run this from the folder of the gateway.')
  }
}

const fillTemplates = (settings: FunctionSettings, variables: Variables): FunctionSettings => {
  const values = Object.entries(settings.envVariables).map(([name, value]) => [name, fill(value, variables)] as const)
  return { ...settings, envVariables: Object.fromEntries(values.filter(([, value]) => value !== '')) }
}

const fill = (value: unknown, variables: Variables): unknown =>
  typeof value === 'string' ? value.replace(template, (_, name: string) => variables[name] ?? '').trim() : value

/** Returns the variables that `cloudbaserc.json` gives a function, by name.
 *  @throws TypeError if a value is not a string; the preflight runs first and reports it */
export const getStringVariables = ({ name, envVariables }: FunctionSettings): Record<string, string> => {
  const entries = Object.entries(envVariables).map(([variable, value]) => {
    if (typeof value !== 'string') throw new TypeError(`${name}: ${variable} is no string.`)
    return [variable, value] as const
  })
  return Object.fromEntries(entries)
}
