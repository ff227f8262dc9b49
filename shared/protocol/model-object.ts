import type OpenAI from 'openai'

/** The field `created` of each model, in unix time: constant, so that clients can cache the list. */
const created = 1_700_000_000

/** Creates the body of `GET /v1/models/{id}` (openai-openapi 2.3.0, `Model`). */
export const toModelObject = (id: string, ownedBy: string): OpenAI.Models.Model => ({
  id,
  object: 'model',
  created,
  owned_by: ownedBy,
})

/** Creates the body of `GET /v1/models`. */
export const toModelList = (
  models: readonly OpenAI.Models.Model[],
): { object: 'list'; data: readonly OpenAI.Models.Model[] } => ({
  object: 'list',
  data: models,
})
