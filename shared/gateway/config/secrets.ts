import { splitList, type Variables } from './variables/variable.ts'

/** The endings of variable names that hold a secret: ours, the platform's, providers' keys and the app's own. The
 *  webhook's URL may contain its key. */
const secretName = /(KEY|TOKEN|SECRET(_?ID)?|PASS(WOR)?D|PWD|DSN|CREDENTIALS?|WEBHOOK_URL)$/i

/** The shell's folders: their names end like that of a password. */
const folderName = /^(OLD)?PWD$/

/** The password in a data source name or URL. */
const password = /:\/\/[^:@/]*:(.+)@/

/** Finds every secret of an environment. A password in a URL is listed by itself as well, and so is each secret of a
 *  list. */
export const findSecrets = (environment: Variables): string[] =>
  Object.entries(environment).flatMap(([name, value = '']) =>
    secretName.test(name) && !folderName.test(name)
      ? [...new Set([value.trim(), ...splitList(value), ...findPasswords(value)])]
      : [],
  )

/** Returns the password in a value as it is written and, if its encoding is valid, decoded. */
const findPasswords = (value: string): string[] => {
  const written = password.exec(value)?.[1]
  try {
    return written ? [written, decodeURIComponent(written)] : []
  } catch {
    return [String(written)]
  }
}
