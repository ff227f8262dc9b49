import { useState } from 'preact/hooks'
import { Modal } from '../../../design/modal.tsx'
import type { Model } from '../../api/views.ts'
import type { ConsoleMessages } from '../../messages.ts'
import { ChangeDialog } from '../../parts/change-dialog.tsx'
import { FieldInput } from './field-input.tsx'

/** The options of {@link EditDialog}. */
export interface EditDialogOptions {
  readonly messages: ConsoleMessages
  /** Undefined: a new model. */
  readonly model: Model | undefined
  /** The names of all fields. */
  readonly fields: readonly string[]
  /** Called when the dialog closes. `isDone`: the entry was written. */
  readonly onClose: (isDone: boolean) => void
}

/** The fields that most entries have. */
const mainFields: readonly string[] = [
  'provider',
  'api_base',
  'api_key_env',
  'upstream_model',
  'input_price_per_1m',
  'output_price_per_1m',
]

/** Edits the fields of an entry. Only those that are changed are written, after a look at the difference. */
export const EditDialog = ({ messages, model, fields, onClose }: EditDialogOptions) => {
  const [name, setName] = useState('')
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({})
  const [request, setRequest] = useState<object | undefined>(undefined)
  const review = (event: SubmitEvent): void => {
    event.preventDefault()
    setRequest({ model: model?.name ?? name.trim(), is_new: model === undefined, fields: texts })
  }
  const change = (field: string, text: string | undefined): void => {
    const { [field]: _, ...others } = texts
    setTexts(text === undefined ? others : { ...others, [field]: text })
  }
  const input = (field: string) => (
    <FieldInput
      key={field}
      {...{ messages }}
      name={field}
      field={model?.fields.find((known) => known.name === field)}
      text={texts[field]}
      onText={(text) => change(field, text)}
    />
  )
  const others = fields.filter((field) => !mainFields.includes(field))
  return (
    <Modal
      messages={messages}
      title={model ? messages.editModel(model.name) : messages.addModel}
      onClose={() => onClose(false)}
    >
      <form class="stack" onSubmit={review}>
        {!model && (
          <label class="form-field">
            <span>{messages.modelName}</span>
            <input class="field" value={name} required onInput={(event) => setName(event.currentTarget.value)} />
          </label>
        )}
        {mainFields.map(input)}
        <details class="fold">
          <summary>{messages.moreFields}</summary>
          <div class="stack">{others.map(input)}</div>
        </details>
        <p class="quiet">{messages.keyPlace}</p>
        <div class="modal-tools">
          <button type="submit" class="button button-main" disabled={Object.keys(texts).length === 0}>
            {messages.review}
          </button>
        </div>
      </form>
      {request && (
        <ChangeDialog
          {...{ messages, request }}
          name="model"
          onClose={(isDone) => (isDone ? onClose(true) : setRequest(undefined))}
        />
      )}
    </Modal>
  )
}
