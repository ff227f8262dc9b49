import { choiceResponses } from './choices.ts'
import { failureResponses } from './failures.ts'
import { framingResponses } from './framings.ts'
import type { OddResponse } from './odd-response.ts'
import { toolCallResponses } from './tool-calls.ts'
import { usageResponses } from './usages.ts'

/** All odd responses. */
export const oddResponses: readonly OddResponse[] = [
  ...toolCallResponses,
  ...choiceResponses,
  ...framingResponses,
  ...usageResponses,
  ...failureResponses,
]
