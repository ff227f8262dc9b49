import { isObject, parseJson } from '../../../../shared/runtime/json.ts'
import type { FunctionSettings } from '../../settings/cloudbaserc.ts'
import { countEnvironmentBytes, findLargestVariable, maxEnvironmentBytes } from '../../settings/environment-size.ts'
import type { PreflightCheck } from './preflight-check.ts'

const reservedPrefix = /^(TENCENTCLOUD_|SCF_|QCLOUD_|_SCF_|TCB_)/

/** Checks that the cloud and its CLI accept the environments of the functions. */
export const environmentChecks: readonly PreflightCheck[] = [
  {
    name: 'environment values are strings',
    level: 'problem',
    find: ({ settings }) =>
      listValues(settings)
        .filter(({ value }) => typeof value !== 'string')
        .map(({ name, owner }) => `Write ${name} of ${owner} in quotes in cloudbaserc.json.`),
  },
  {
    name: 'every variable of .env is read',
    level: 'warning',
    find: ({ unread }) =>
      unread.map(({ name, suggestion }) =>
        suggestion
          ? `${name} reaches no function and no tool. Did you mean ${suggestion}?`
          : `${name} reaches no function and no tool: cloudbaserc.json does not pass it on.`,
      ),
  },
  {
    name: 'no JSON in the environment',
    level: 'problem',
    find: ({ settings }) =>
      unique(
        listValues(settings)
          .filter(({ value }) => typeof value === 'string' && holdsJson(value))
          .map(
            ({ name }) =>
              `${name} holds JSON or quotes, which the CLI corrupts. Put models into model_map.json and model_list.json.`,
          ),
      ),
  },
  {
    name: 'no reserved names in the environment',
    level: 'problem',
    find: ({ settings }) =>
      listValues(settings)
        .filter(({ name }) => reservedPrefix.test(name))
        .map(({ name, owner }) => `Rename ${name} of ${owner}: the platform reserves such names.`),
  },
  {
    name: 'environments are at most 4 KB',
    level: 'problem',
    find: ({ settings }) =>
      settings
        .map((row) => ({ name: row.name, bytes: countEnvironmentBytes(row), largest: findLargestVariable(row) }))
        .filter(({ bytes }) => bytes > maxEnvironmentBytes)
        .map(
          ({ name, bytes, largest }) =>
            `The environment of ${name} has ${bytes} bytes. The largest value is ${largest}: shorten it.`,
        ),
  },
]

interface EnvironmentValue {
  readonly owner: string
  readonly name: string
  readonly value: unknown
}

const listValues = (settings: readonly FunctionSettings[]): EnvironmentValue[] =>
  settings.flatMap(({ name: owner, envVariables }) =>
    Object.entries(envVariables).map(([name, value]) => ({ owner, name, value })),
  )

const holdsJson = (value: string): boolean => {
  const parsed = parseJson(value)
  return value.includes('"') || Array.isArray(parsed) || isObject(parsed)
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)]
