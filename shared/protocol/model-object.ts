import type OpenAI from 'openai'

/** The unix time every model reports as `created`: constant, so that clients may cache the list. */
const created = 1_700_000_000

/** A model as `GET /v1/models/{id}` answers it (openai-openapi 2.3.0, `Model`). */
export const toModelObject = (id: string, ownedBy: string): OpenAI.Models.Model => ({
  id,
  object: 'model',
  created,
  owned_by: ownedBy,
})

/** The body of `GET /v1/models`. */
export const toModelList = (
  models: readonly OpenAI.Models.Model[],
): { object: 'list'; data: readonly OpenAI.Models.Model[] } => ({
  object: 'list',
  data: models,
})
