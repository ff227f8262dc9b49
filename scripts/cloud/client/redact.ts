import { findSecrets } from '../../../shared/gateway/config/secrets.ts'
import { redacted } from '../../../shared/runtime/redactor.ts'
import type { Variables } from '../../variables/read-variables.ts'

/** Shorter values are words such as `true`, which the text may hold anyway. */
const minLength = 6

/** Takes the values of secrets out of a text, whoever wrote it: the cloud's error messages may quote a key. Pieces of them stay,
 *  unlike in the gateway's own log: the id of the environment may be one, and is printed. */
export const createRedactor = (variables: Variables): ((text: string) => string) => {
  const secrets = findSecrets(variables)
    .filter(({ length }) => length >= minLength)
    .sort((one, other) => other.length - one.length)
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, redacted), text)
}
