import { getLanguage } from '../../../language.ts'
import { accessVariables } from '../../client/connect.ts'
import { cloudMessages } from '../../messages.ts'
import type { PreflightCheck } from './preflight-check.ts'

const maxTimeoutSeconds = 900

/** Checks that the environment is named and that `cloudbaserc.json` fits this version. */
export const cloudbasercChecks: readonly PreflightCheck[] = [
  {
    name: 'environment id and key pair are set',
    level: 'problem',
    find: ({ variables }) => {
      const messages = cloudMessages[getLanguage(variables)]
      const missing = accessVariables.filter(({ name }) => !variables[name])
      return missing.map(({ name }) => messages.notSet(name, messages.credentialPlaces[name]))
    },
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
        .map(({ name }) => `Remove ${name} from cloudbaserc.json: it is not a function of the gateway.`),
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
    name: 'no function has a "path", which would create a route for Event functions',
    level: 'problem',
    find: ({ settings }) =>
      settings
        .filter((row) => 'path' in row)
        .map(({ name }) => `Remove "path" from ${name} in cloudbaserc.json: npm run deploy creates the routes.`),
  },
]
