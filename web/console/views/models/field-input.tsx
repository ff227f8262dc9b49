import type { Field } from '../../api/views.ts'
import type { ConsoleMessages } from '../../messages.ts'

/** The options of {@link FieldInput}. */
export interface FieldInputOptions {
  readonly messages: ConsoleMessages
  readonly name: string
  /** The field as it is; undefined: the entry does not have it. */
  readonly field: Field | undefined
  /** The changed text; undefined: it is not changed. */
  readonly text: string | undefined
  /** Called with undefined if the text is again as it was. */
  readonly onText: (text: string | undefined) => void
}

/** Fields that hold a long text, or JSON. */
const longFields: readonly string[] = ['system_prompt', 'targets', 'default_params']

/** An input for one field. A value with a secret in it is not shown; it stays, unless another one is typed. */
export const FieldInput = ({ messages, name, field, text, onText }: FieldInputOptions) => {
  const known = field && !field.is_hidden ? field.text : ''
  const listen = (event: { readonly currentTarget: HTMLInputElement | HTMLTextAreaElement }): void => {
    const { value } = event.currentTarget
    onText(value === known ? undefined : value)
  }
  const shared = {
    class: 'field',
    name,
    value: text ?? known,
    placeholder: field?.is_hidden ? messages.hidden(field.text) : '',
    autocomplete: 'off',
    spellcheck: false,
  }
  const id = `field-${name}`
  return (
    <div class="form-field">
      <label for={id}>
        <code>{name}</code>
      </label>
      {longFields.includes(name) ? (
        <textarea {...shared} id={id} rows={3} onInput={listen} />
      ) : (
        <input {...shared} id={id} onInput={listen} />
      )}
    </div>
  )
}
