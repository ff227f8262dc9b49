import { readUsage, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { getChoices } from './choices.ts'

/** Where providers put usage: at the top of an answer or chunk, nearly all; beside a choice, Moonshot; under a name of its
 *  own, older Groq. */
const usagePlaces: readonly ((answer: JsonObject) => unknown)[] = [
  ({ usage }) => usage,
  (answer) => getChoices(answer).find(({ usage }) => isObject(usage))?.['usage'],
  ({ x_groq: groq }) => (isObject(groq) ? groq['usage'] : undefined),
]

/** The usage that an answer or chunk states; undefined where it states none that can be used. */
export const extractUsage = (answer: JsonObject): Usage | undefined => {
  for (const place of usagePlaces) {
    const usage = readUsage(place(answer))
    if (usage) return usage
  }
  return undefined
}

/** Takes out of an answer or chunk whatever usage it states. */
export const stripUsage = (answer: JsonObject): void => {
  for (const holder of [answer, ...getChoices(answer), answer['x_groq']]) if (isObject(holder)) delete holder['usage']
}
