import type { Variables } from './variable.ts'

/** How the names of variables end that hold a secret: ours, the platform's, providers' keys, and the app's own. The webhook's URL
 *  may carry its key. */
const secretName = /(KEY|TOKEN|SECRET(_?ID)?|PASS(WOR)?D|PWD|DSN|CREDENTIALS?|WEBHOOK_URL)$/i

/** The shell's folders, which end as a password's name does. */
const folderName = /^(OLD)?PWD$/

/** The password within a data source name or URL. */
const password = /:\/\/[^:@/]*:(.+)@/

/** Every secret of an environment, the passwords within URLs once more by themselves. */
export const findSecrets = (environment: Variables): string[] =>
  Object.entries(environment).flatMap(([name, value = '']) =>
    secretName.test(name) && !folderName.test(name) ? [value.trim(), ...findPasswords(value)] : [],
  )

/** As they are written, and as they are meant where they are well encoded. */
const findPasswords = (value: string): string[] => {
  const written = password.exec(value)?.[1]
  try {
    return written ? [written, decodeURIComponent(written)] : []
  } catch {
    return [String(written)]
  }
}
