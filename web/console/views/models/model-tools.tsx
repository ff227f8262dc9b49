import { useState } from 'preact/hooks'
import type { Model, Models } from '../../api/views.ts'
import type { ConsoleMessages } from '../../messages.ts'
import { ChangeDialog, type ChangeDialogOptions } from '../../parts/change-dialog.tsx'
import { EditDialog } from './edit-dialog.tsx'

/** The options of {@link ModelTools}. */
export interface ModelToolsOptions {
  readonly messages: ConsoleMessages
  readonly view: Models
  readonly model: Model
  /** Called after each change of the map. */
  readonly onChange: () => void
}

/** The buttons of a model: try it, edit it, switch it on or off. */
export const ModelTools = ({ messages, view, model, onChange }: ModelToolsOptions) => {
  const [asked, setAsked] = useState<Pick<ChangeDialogOptions, 'name' | 'request'> | undefined>(undefined)
  const [isEdited, setEdited] = useState(false)
  const close = (isDone: boolean): void => {
    setAsked(undefined)
    setEdited(false)
    if (isDone) onChange()
  }
  const toggle = { model: model.name, fields: { enabled: model.is_enabled ? '0' : '1' } }
  return (
    <div class="row-tools">
      {model.is_enabled && model.targets.length > 0 && (
        <button type="button" class="button" onClick={() => setAsked({ name: 'try', request: { model: model.name } })}>
          {messages.tryModel}
        </button>
      )}
      {model.origin === 'map' && (
        <>
          <button type="button" class="button" onClick={() => setEdited(true)}>
            {messages.edit}
          </button>
          <button type="button" class="button" onClick={() => setAsked({ name: 'model', request: toggle })}>
            {model.is_enabled ? messages.switchOff : messages.switchOn}
          </button>
        </>
      )}
      {isEdited && <EditDialog {...{ messages, model }} fields={view.fields} onClose={close} />}
      {asked && <ChangeDialog {...{ messages, ...asked }} onClose={close} />}
    </div>
  )
}
