import type { Opening } from '../../shared/usage/store/record.ts'

/** The opening of a usual call, with what a test has to say of it. */
export const openingOf = (fields: Partial<Opening> = {}): Opening => ({
  requestId: 'r',
  userId: 'user-1',
  model: 'm',
  upstreamModel: 'm',
  provider: 'openai',
  endpoint: 'chat/completions',
  stream: false,
  clientRequestId: undefined,
  prices: undefined,
  promptTokens: () => 0,
  ...fields,
})
