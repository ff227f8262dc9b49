import { useState } from 'preact/hooks'
import { formatNumber } from '../../../design/format-number.ts'
import { useView } from '../../api/use-view.ts'
import type { Wallet } from '../../api/views.ts'
import type { ConsoleMessages } from '../../messages.ts'
import { ChangeDialog } from '../../parts/change-dialog.tsx'
import { Show } from '../../parts/show.tsx'
import { EntriesTable } from './entries-table.tsx'
import { GrantForm } from './grant-form.tsx'
import { GrantsTable } from './grants-table.tsx'

/** The options of {@link WalletCard}. */
export interface WalletCardOptions {
  readonly messages: ConsoleMessages
  readonly user: string
  /** Called after each change of the wallet. */
  readonly onChange: () => void
}

/** A change that waits for its confirmation. */
interface Asked {
  readonly name: 'grant' | 'revoke'
  readonly request: object
}

/** The wallet of a user. */
export const WalletCard = ({ messages, user, onChange }: WalletCardOptions) => {
  const [before, setBefore] = useState<number | undefined>(undefined)
  const [asked, setAsked] = useState<Asked | undefined>(undefined)
  const [grants, setGrants] = useState(0)
  const page = before === undefined ? '' : `&before=${before}`
  const wallet = useView<Wallet>(`wallet?user=${encodeURIComponent(user)}${page}`)
  const close = (isDone: boolean): void => {
    setAsked(undefined)
    if (!isDone) return
    setGrants((count) => count + 1)
    setBefore(undefined)
    wallet.reload()
    onChange()
  }
  return (
    <section class="card stack" aria-labelledby="wallet">
      <h2 id="wallet">{messages.walletOfUser(user)}</h2>
      <Show messages={messages} loaded={wallet}>
        {(view) => (
          <>
            <dl class="facts">
              {(['balance', 'reserved', 'available'] as const).map((name) => (
                <div key={name} class="fact">
                  <dt>{messages.walletParts[name]}</dt>
                  <dd>{formatNumber(view[name])}</dd>
                </div>
              ))}
            </dl>
            <GrantForm
              key={grants}
              messages={messages}
              onGrant={(fields) => setAsked({ name: 'grant', request: { user_id: user, ...fields } })}
            />
            <GrantsTable
              {...{ messages, grants: view.grants }}
              onRevoke={(key) => setAsked({ name: 'revoke', request: { key } })}
            />
            <EntriesTable {...{ messages, view }} isFirst={before === undefined} onPage={setBefore} />
          </>
        )}
      </Show>
      {asked && <ChangeDialog {...{ messages, ...asked }} onClose={close} />}
    </section>
  )
}
