import { Icon } from '../../design/icon.tsx'
import type { Models } from '../gateway/use-models.ts'
import type { ChatMessages } from '../messages.ts'

/** The options of {@link ModelChoice}. */
export interface ModelChoiceOptions {
  readonly messages: ChatMessages
  readonly models: Models
}

/** Chooses the model of the next reply. */
export const ModelChoice = ({ messages, models }: ModelChoiceOptions) => (
  <label class="model">
    <span class="visually-hidden">{messages.model}</span>
    <select
      class="model-select"
      value={models.model ?? ''}
      disabled={models.names.length === 0}
      onChange={(event) => models.choose(event.currentTarget.value)}
    >
      {models.names.length === 0 && <option value="">{models.isLoading ? messages.loading : messages.noModels}</option>}
      {models.names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
    <Icon name="chevron" />
  </label>
)
