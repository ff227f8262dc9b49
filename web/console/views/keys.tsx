import { useState } from 'preact/hooks'
import { useView } from '../api/use-view.ts'
import type { Keys as KeysView } from '../api/views.ts'
import { ChangeDialog } from '../parts/change-dialog.tsx'
import { LookUpForm } from '../parts/look-up-form.tsx'
import { Show } from '../parts/show.tsx'
import { KeyForm } from './keys/key-form.tsx'
import { KeysTable } from './keys/keys-table.tsx'
import type { ViewOptions } from './view-options.ts'

/** A change that waits for its confirmation. */
interface Asked {
  readonly name: 'key' | 'key_end'
  readonly request: object
}

/** The keys of users: list them, make one, revoke one. */
export const Keys = ({ messages }: ViewOptions) => {
  const [user, setUser] = useState('')
  const [asked, setAsked] = useState<Asked | undefined>(undefined)
  const [made, setMade] = useState(0)
  const keys = useView<KeysView>(`keys?user=${encodeURIComponent(user)}`)
  const lookUp = (text: string): void => (text === user ? keys.reload() : setUser(text))
  const close = (isDone: boolean): void => {
    setAsked(undefined)
    if (!isDone) return
    setMade((count) => count + 1)
    keys.reload()
  }
  return (
    <>
      {keys.view?.is_on === false && <p class="card">{messages.keysOff}</p>}
      <section class="card stack" aria-label={messages.keys}>
        <LookUpForm label={messages.keyOwner} action={messages.lookUp} onLookUp={lookUp} />
        <Show messages={messages} loaded={keys}>
          {(view) => (
            <>
              <KeysTable
                {...{ messages, keys: view.keys }}
                onRevoke={(request) => setAsked({ name: 'key_end', request })}
              />
              {view.is_cut && <p class="quiet">{messages.keysCut}</p>}
            </>
          )}
        </Show>
      </section>
      <KeyForm key={made} {...{ messages, user }} onMake={(request) => setAsked({ name: 'key', request })} />
      {asked && <ChangeDialog {...{ messages, ...asked }} onClose={close} />}
    </>
  )
}
