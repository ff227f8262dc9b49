import type { FunctionSettings } from '../cloud/cloudbaserc.ts'
import type { Cloud } from '../cloud/connect.ts'
import { deployedVariables, functionChanges } from '../cloud/function-changes.ts'
import type { FunctionPackage } from '../cloud/function-package.ts'
import { functionState } from '../cloud/function-state.ts'
import { patiently } from '../cloud/retry.ts'
import type { Step } from '../cloud/step.ts'

export interface FunctionStepOptions {
  readonly settings: FunctionSettings
  readonly package: FunctionPackage
  /** Version of the gateway. */
  readonly version: string
}

/** What a deployed function says of its code. The cloud takes letters, digits, spaces, commas and full stops (SCF documentation,
 *  "CreateFunction", `Description`). */
export const codeDescription = (version: string, digest: string): string => `LLM gateway ${version}, code ${digest}`

/** Creates a function or brings it up to date. Its timers are a step of their own. */
export const functionStep = (cloud: Cloud, options: FunctionStepOptions): Step => {
  const { settings, package: code, version } = options
  const { app } = cloud
  const description = codeDescription(version, code.digest)
  const { triggers: _, ...rest } = settings
  const func = { ...rest, envVariables: deployedVariables(settings), description, installDependency: false }

  const plan = async (): Promise<Planned> => {
    const state = await functionState(cloud, settings.name)
    const size = `${(code.zip.length / 1024).toFixed(1)} KB`
    if (!state) return { text: `create, ${settings.type}, ${size}`, sendsCode: true }
    const changes = functionChanges({ settings, description }, state)
    const text = changes.length === 0 ? undefined : `update: ${changes.join('; ')}`
    return { text, sendsCode: state.description !== description || state.status !== 'Active' }
  }
  return {
    name: `function ${settings.name}`,
    plan: async () => (await plan()).text,
    run: async () => {
      const { text, sendsCode } = await plan()
      if (!text) return 'up to date'
      const base64Code = Buffer.from(code.zip).toString('base64')
      if (sendsCode) await patiently(() => app.functions.createFunction({ func, base64Code, force: true }))
      else {
        await patiently(() => app.functions.updateFunctionConfig(func))
        await patiently(() => app.functions.waitFunctionActive(settings.name))
      }
      return `done (${text})`
    },
  }
}

interface Planned {
  readonly text: string | undefined
  readonly sendsCode: boolean
}
