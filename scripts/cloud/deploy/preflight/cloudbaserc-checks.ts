import { accessVariables } from '../../client/connect.ts'
import type { PreflightCheck } from './preflight-check.ts'

const maxTimeoutSeconds = 900

/** Whether the environment is named, and `cloudbaserc.json` is one of this version. */
export const cloudbasercChecks: readonly PreflightCheck[] = [
  {
    name: 'environment id and key pair are there',
    level: 'problem',
    find: ({ variables }) =>
      accessVariables
        .filter(({ name }) => !variables[name])
        .map(({ name, where }) => `Set ${name} in .env (${where}).`),
  },
  {
    name: 'cloudbaserc.json has the functions of this version',
    level: 'problem',
    find: ({ settings, functions }) => [
      ...functions
        .filter((row) => !settings.some(({ name, type }) => name === row.name && type === row.kind))
        .map(({ name, kind }) => `Add ${name} with "type": "${kind}" to cloudbaserc.json.`),
      ...settings
        .filter(({ name }) => !functions.some((row) => row.name === name))
        .map(({ name }) => `Take ${name} out of cloudbaserc.json: it is no function of the gateway.`),
    ],
  },
  {
    name: 'timeouts are 1 to 900 seconds',
    level: 'problem',
    find: ({ settings }) =>
      settings
        .filter(({ timeout }) => !Number.isInteger(timeout) || timeout < 1 || timeout > maxTimeoutSeconds)
        .map(({ name }) => `Correct the timeout of ${name} in cloudbaserc.json.`),
  },
  {
    name: 'no function has a "path", which would make a route for Event functions',
    level: 'problem',
    find: ({ settings }) =>
      settings
        .filter((row) => 'path' in row)
        .map(({ name }) => `Take "path" from ${name} in cloudbaserc.json: npm run deploy makes the routes.`),
  },
]
