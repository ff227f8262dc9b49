import type { Call } from '../../protocol/call.ts'
import { countPrompts } from '../../protocol/call-caps.ts'
import type { Target } from '../../protocol/route.ts'
import { isObject } from '../../runtime/json.ts'

/** The number of choices that the provider is asked for, at least 1: `n` for each prompt. */
export const countRequestedChoices = ({ defaultParams, dropParams }: Target, { body }: Call): number => {
  const { n } = { ...defaultParams, ...body }
  return countPrompts(body['prompt']) * (typeof n === 'number' && n > 1 && !dropParams.includes('n') ? n : 1)
}

/** The names of the tools and functions that the provider is offered. */
export const getToolNames = ({ defaultParams }: Target, { body }: Call): string[] => {
  const { tools, functions } = { ...defaultParams, ...body }
  const offered = [tools, functions].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))
  return offered.flatMap((tool) => {
    if (!isObject(tool)) return []
    const { function: called, custom = called } = tool
    const name = (isObject(custom) ? custom : tool)['name']
    return typeof name === 'string' ? name : []
  })
}
