import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The variable with the folder of the scripts that the set-up of this run has compiled (`compile-scripts.ts`). */
export const scriptsVariable = 'GATEWAY_TEST_SCRIPTS'

/** Returns the arguments with which Node runs a script of the project from any folder. A test run starts scripts hundreds of times, so
 *  it compiles them once: tsx takes longer to compile one than most of them take to run. Without compiled scripts, as in
 *  `npm run chaos`, tsx runs it.
 *  @param script such as `scripts/models/main.ts` */
export const getScriptArguments = (script: string): string[] => {
  const compiled = join(process.env[scriptsVariable] ?? '', script.replace(/\.ts$/, '.mjs'))
  if (process.env[scriptsVariable] && existsSync(compiled)) return [compiled]
  const tsx = createRequire(resolve('package.json')).resolve('tsx')
  return ['--import', pathToFileURL(tsx).href, resolve(script)]
}
