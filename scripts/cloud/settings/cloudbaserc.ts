import { join } from 'node:path'
import * as z from 'zod/mini'
import { readText } from '../../variables/read-text.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { DeploymentError } from '../client/deployment-error.ts'

const timer = z.object({ name: z.string(), type: z.literal('timer'), config: z.string() })

/** One function of `cloudbaserc.json`. What the file holds beyond these fields (`vpc`, `layers`, …) is passed on as it is. */
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

/** A function as `cloudbaserc.json` wants it, its templates filled in. A value that is no string is left for the preflight to
 *  name. */
export type FunctionSettings = z.infer<typeof functionSchema>

/** Reads `cloudbaserc.json` as the CloudBase CLI 2.12 does: `{{env.X}}` becomes the variable's value. A value that comes out blank
 *  is left out, where the CLI sends an empty string.
 *  @throws DeploymentError when the file is missing or is not what the CLI takes */
export const readCloudbaserc = (folder: string, variables: Variables): FunctionSettings[] => {
  const file = fileSchema.safeParse(parseFile(join(folder, 'cloudbaserc.json')))
  if (file.success) return file.data.functions.map((settings) => fillTemplates(settings, variables))
  const [issue] = file.error.issues
  throw new DeploymentError(`cloudbaserc.json: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not valid'}.`)
}

/** The variables whose values `cloudbaserc.json` hands on, in any of its fields. */
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

/** The variables that `cloudbaserc.json` gives a function, by name.
 *  @throws TypeError when one is no string: the preflight comes first */
export const getStringVariables = ({ name, envVariables }: FunctionSettings): Record<string, string> => {
  const entries = Object.entries(envVariables).map(([variable, value]) => {
    if (typeof value !== 'string') throw new TypeError(`${name}: ${variable} is no string.`)
    return [variable, value] as const
  })
  return Object.fromEntries(entries)
}
