import { findSecrets } from '../../../shared/gateway/config/secrets.ts'
import { redacted } from '../../../shared/runtime/redactor.ts'
import type { Variables } from '../../variables/read-variables.ts'

/** Shorter values are ordinary words such as `true`. */
const minLength = 6

/** Creates a function that replaces the values of secrets in a text, because error messages of the cloud may quote a
 *  key. Unlike the redactor of the log, it keeps texts that are only part of a secret: the environment id may be
 *  such a part, and is printed. */
export const createRedactor = (variables: Variables): ((text: string) => string) => {
  const secrets = findSecrets(variables)
    .filter(({ length }) => length >= minLength)
    .sort((one, other) => other.length - one.length)
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, redacted), text)
}
