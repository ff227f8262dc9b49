import type { Language } from '../../../language.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { cloudMessages } from '../../messages.ts'
import type { Print } from '../../prompt/run-steps.ts'
import { cloudbasercChecks } from './cloudbaserc-checks.ts'
import { environmentChecks } from './environment-checks.ts'
import { gatewayChecks } from './gateway-checks.ts'
import type { PreflightCheck, PreflightInput } from './preflight-check.ts'

/** All checks, in the order in which they are printed. */
export const preflightChecks: readonly PreflightCheck[] = [...cloudbasercChecks, ...environmentChecks, ...gatewayChecks]

/** Prints the table of checks. @throws DeploymentError if one found a problem */
export const runPreflight = (input: PreflightInput, print: Print, language: Language = 'en'): void => {
  const messages = cloudMessages[language]
  let problems = 0
  print(messages.preflight)
  for (const { name, level, find } of preflightChecks) {
    const findings = find(input)
    if (level === 'problem' && findings.length > 0) problems += 1
    print(`${findings.length === 0 ? '✓' : level === 'problem' ? '✗' : '!'} ${name}`)
    for (const finding of findings) print(`    ${finding}`)
  }
  if (problems > 0) throw new DeploymentError(messages.preflightFailed(problems))
}
