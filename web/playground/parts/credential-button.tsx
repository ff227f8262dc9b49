import { Icon } from '../../design/icon.tsx'
import type { PageMessages } from '../messages.ts'

/** The options of {@link CredentialButton}. */
export interface CredentialButtonOptions {
  readonly messages: PageMessages
  readonly isSet: boolean
  readonly onCredential: () => void
}

/** Opens the credential of the caller, and shows whether there is one. */
export const CredentialButton = ({ messages, isSet, onCredential }: CredentialButtonOptions) => (
  <button
    type="button"
    class={isSet ? 'tool is-set' : 'tool'}
    onClick={onCredential}
    title={messages.credential}
    aria-label={isSet ? messages.credentialSet : messages.credential}
  >
    <Icon name="key" />
  </button>
)
