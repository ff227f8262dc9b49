import { toModelList, type toModelObject } from '../protocol/model-object.ts'

type Model = ReturnType<typeof toModelObject>

/** Adds the fields of Anthropic's API to the body of a model, or of the list of models (Anthropic API reference, "Models"). Few
 *  clients ask for them, so this file is bundled apart. */
export const addAnthropicFields = (body: Buffer | string): string => {
  const given = JSON.parse(body.toString()) as Model | ReturnType<typeof toModelList>
  if (given.object !== 'list') return JSON.stringify(toAnthropicModel(given))
  const data = given.data.map(toAnthropicModel)
  const page = { has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
  return JSON.stringify({ ...toModelList(data), ...page })
}

const toAnthropicModel = (model: Model) => ({
  ...model,
  type: 'model',
  display_name: model.id,
  created_at: new Date(model.created * 1000).toISOString(),
  ...{ lifecycle: 'active', deprecated_at: null, retires_at: null },
  ...{ capabilities: null, line: null, max_input_tokens: null, max_tokens: null },
})
