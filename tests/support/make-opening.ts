import type { Opening } from '../../shared/usage/store/record.ts'

/** Makes the opening of a usual call. A test gives the fields that it depends on. */
export const makeOpening = (fields: Partial<Opening> = {}): Opening => ({
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
