import { useState } from 'preact/hooks'
import { useView } from '../api/use-view.ts'
import type { Wallets as WalletsView } from '../api/views.ts'
import { LookUpForm } from '../parts/look-up-form.tsx'
import { Show } from '../parts/show.tsx'
import type { ViewOptions } from './view-options.ts'
import { WalletCard } from './wallets/wallet-card.tsx'

/** The wallets: find a user, look at the points, grant some, take a grant back. */
export const Wallets = ({ messages, overview }: ViewOptions) => {
  const [prefix, setPrefix] = useState('')
  const [user, setUser] = useState<string | undefined>(undefined)
  const wallets = useView<WalletsView>(`wallets?prefix=${encodeURIComponent(prefix)}`)
  return (
    <>
      {overview.view?.wallets === 'off' && <p class="card">{messages.walletsOff}</p>}
      <section class="card" aria-label={messages.users}>
        <LookUpForm
          label={messages.userId}
          action={messages.openWallet}
          needsText
          onType={setPrefix}
          onLookUp={setUser}
        />
        <Show messages={messages} loaded={wallets}>
          {(view) => (
            <>
              {view.wallets.length === 0 && <p class="quiet">{messages.noWalletsFound}</p>}
              <ul class="choices">
                {view.wallets.map((wallet) => (
                  <li key={wallet.user}>
                    <button
                      type="button"
                      class="choice"
                      aria-pressed={wallet.user === user}
                      onClick={() => setUser(wallet.user)}
                    >
                      {wallet.user} <span class="quiet">{messages.points(wallet.balance)}</span>
                    </button>
                  </li>
                ))}
              </ul>
              {view.is_cut && <p class="quiet">{messages.walletsCut}</p>}
            </>
          )}
        </Show>
      </section>
      {user !== undefined && <WalletCard key={user} {...{ messages, user }} onChange={wallets.reload} />}
    </>
  )
}
