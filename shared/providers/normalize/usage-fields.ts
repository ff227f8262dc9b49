import { readUsage, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { choicesOf } from './choices.ts'

/** Where providers put usage: at the top of an answer or chunk, nearly all; beside a choice, Moonshot; under a name of its
 *  own, older Groq. */
const places: readonly ((answer: JsonObject) => unknown)[] = [
  ({ usage }) => usage,
  (answer) => choicesOf(answer).find(({ usage }) => isObject(usage))?.['usage'],
  ({ x_groq: groq }) => (isObject(groq) ? groq['usage'] : undefined),
]

/** The usage that an answer or chunk states; undefined where it states none that can be used. */
export const statedUsage = (answer: JsonObject): Usage | undefined => {
  for (const place of places) {
    const usage = readUsage(place(answer))
    if (usage) return usage
  }
  return undefined
}

/** Takes out of an answer or chunk whatever usage it states. */
export const forgetUsage = (answer: JsonObject): void => {
  for (const holder of [answer, ...choicesOf(answer), answer['x_groq']]) if (isObject(holder)) delete holder['usage']
}
