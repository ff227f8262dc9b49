import { isObject, type JsonObject, listObjects } from '../../runtime/json.ts'
import type { Choice } from './choices.ts'
import { flattenText } from './content.ts'
import type { Rule } from './rules.ts'

/** The form of the outermost fields. The comments name providers that need a rule. */
export const responseRules: readonly Rule<JsonObject>[] = [
  {
    // Azure opens with an empty id. Some servers make a new id or time for each chunk.
    path: 'id, created, model',
    isNormal: (fields, { identity: { id, created, model } }) =>
      fields['id'] === id && fields['created'] === created && fields['model'] === model,
    repair: (fields, { identity }) => void Object.assign(fields, identity),
  },
  {
    path: 'object',
    isNormal: (fields, { object }) => fields['object'] === object,
    repair: (fields, { object }) => {
      fields['object'] = object
    },
  },
  {
    // One that says something was thrown before (`errors/find-error.ts`). Any other is a failure for openai-node, null for the Vercel AI
    // SDK, and a code of success for `@cloudbase/js-sdk`.
    path: 'error, code',
    isNormal: ({ error, code }) => error === undefined && code === undefined,
    repair: (fields) => {
      delete fields['error']
      delete fields['code']
    },
  },
  {
    path: 'system_fingerprint, service_tier',
    isNormal: (fields) => namedFields.every((name) => isNameOrNone(fields[name])),
    repair: (fields) => {
      for (const name of namedFields) if (!isNameOrNone(fields[name])) delete fields[name]
    },
  },
  {
    path: 'usage',
    form: 'whole',
    isNormal: ({ usage: given }, { usage }) =>
      usage === undefined
        ? given === undefined
        : isObject(given) && countFields.every((field) => given[field] === usage[field]),
    repair: (fields, { usage }) => {
      if (usage) fields['usage'] = usage
      else delete fields['usage']
    },
  },
  {
    // Older Groq.
    path: 'x_groq.usage',
    isNormal: ({ x_groq: groq }) => !isObject(groq) || groq['usage'] === undefined,
    repair: ({ x_groq: groq }) => {
      if (isObject(groq)) delete groq['usage']
    },
  },
]

const namedFields = ['system_fingerprint', 'service_tier'] as const

const isNameOrNone = (value: unknown): boolean => value === undefined || value === null || typeof value === 'string'

const countFields = ['prompt_tokens', 'completion_tokens', 'total_tokens'] as const

const isObjectOrNull = (value: unknown): boolean => value === null || isObject(value)

/** Fills in the fields that the types of log probabilities require. */
const fillLogprobs = (given: unknown): JsonObject | null =>
  isObject(given) ? { ...given, content: fillTokens(given['content']), refusal: fillTokens(given['refusal']) } : null

const fillTokens = (tokens: unknown): JsonObject[] | null =>
  Array.isArray(tokens)
    ? listObjects(tokens).map((token) => ({
        ...token,
        logprob: typeof token['logprob'] === 'number' ? token['logprob'] : leastLogprob,
        top_logprobs: fillTokens(token['top_logprobs']) ?? [],
      }))
    : null

/** Stands for a probability near 0, for which Python servers have minus infinity or null (OpenAI API reference, "logprob"). */
const leastLogprob = -9999

const hasLogprobs = (tokens: unknown): boolean =>
  tokens === null ||
  (Array.isArray(tokens) &&
    tokens.every(
      (token) => isObject(token) && typeof token['logprob'] === 'number' && hasLogprobs(token['top_logprobs'] ?? null),
    ))

/** The form of a choice. */
export const choiceRules: readonly Rule<Choice>[] = [
  {
    path: 'choices[].index',
    isNormal: ({ fields, index }) => fields['index'] === index,
    repair: ({ fields, index }) => {
      fields['index'] = index
    },
  },
  {
    // Moonshot.
    path: 'choices[].usage',
    isNormal: ({ fields }) => fields['usage'] === undefined,
    repair: ({ fields }) => {
      delete fields['usage']
    },
  },
  {
    path: 'choices[].logprobs',
    form: 'whole',
    isNormal: ({ fields }) => isObjectOrNull(fields['logprobs']),
    repair: ({ fields }) => {
      fields['logprobs'] = null
    },
  },
  {
    path: 'choices[].logprobs',
    operation: 'chat/completions',
    isNormal: ({ fields: { logprobs } }) =>
      logprobs === undefined ||
      logprobs === null ||
      (isObject(logprobs) && hasLogprobs(logprobs['content']) && hasLogprobs(logprobs['refusal'])),
    repair: ({ fields }) => {
      fields['logprobs'] = fillLogprobs(fields['logprobs'])
    },
  },
  {
    path: 'choices[].finish_reason',
    isNormal: ({ fields, reason }) => fields['finish_reason'] === reason,
    repair: ({ fields, reason }) => {
      fields['finish_reason'] = reason
    },
  },
  {
    path: 'choices[].text',
    operation: 'completions',
    isNormal: ({ fields }) => typeof fields['text'] === 'string',
    repair: ({ fields, message }) => {
      fields['text'] = flattenText(fields['text'] ?? message['content'])
    },
  },
]
