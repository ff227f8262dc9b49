import type { Variables } from './variables.ts'

const secretName = /KEY|TOKEN|SECRET|PASSWORD|DSN/i
/** Shorter values are words such as `true`, which the text may hold anyway. */
const shortest = 6

/** Takes the values of secrets out of a text, whoever wrote it: the cloud's error messages may quote a key. */
export const redactor = (variables: Variables): ((text: string) => string) => {
  const secrets = Object.entries(variables)
    .filter(([name, value = '']) => secretName.test(name) && value.length >= shortest)
    .map(([, value = '']) => value)
    .sort((one, other) => other.length - one.length)
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text)
}
