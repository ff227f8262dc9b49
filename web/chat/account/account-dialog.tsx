import { useMemo } from 'preact/hooks'
import { formatNumber } from '../../design/format-number.ts'
import { Modal } from '../../design/modal.tsx'
import { useLoaded } from '../../design/use-loaded.ts'
import { Chart } from '../../parts/chart/chart.tsx'
import { type DayRange, formatTime, getLastDays } from '../../parts/chart/days.ts'
import { stackDays } from '../../parts/chart/stack-days.ts'
import { FailureNote, type RenderRemedies } from '../../parts/chat/failure-note.tsx'
import { toFacts } from '../../parts/gateway/call-failure.ts'
import type { ChatContext } from '../chat-context.ts'
import type { PageMessages } from '../messages.ts'
import { readUsage, type Usage } from './read-account.ts'
import type { Account } from './use-account.ts'

/** The options of {@link AccountDialog}. */
export interface AccountDialogOptions extends ChatContext {
  readonly account: Account
  readonly renderRemedies: RenderRemedies
}

/** The user: their points, what they have used, and the way out. */
export const AccountDialog = (options: AccountDialogOptions) => {
  const { messages, config, session, chat, account } = options
  const signOut = (): void => {
    chat.clear()
    session.leave()
  }
  return (
    <Modal messages={messages} onClose={account.close} title={messages.account}>
      {config.hasWallet && <Points {...options} />}
      {config.hasUsage && <UsageOfMonth {...options} />}
      {session.login && (
        <div class="account-user">
          <span class="quiet">{session.user?.name ?? messages.guest}</span>
          <button type="button" class="button" onClick={signOut}>
            {messages.signOut}
          </button>
        </div>
      )}
    </Modal>
  )
}

const Points = ({ messages, config: { pointsUrl }, account, renderRemedies }: AccountDialogOptions) => {
  const { value, failure, reload } = account.wallet
  return (
    <section class="account-part" aria-label={messages.myPoints}>
      {failure && <FailureNote {...{ messages, failure, renderRemedies }} onRetry={reload} />}
      {value && (
        <>
          <p class="balance">
            <strong>{messages.points(value.available)}</strong>
            {value.reserved > 0 && <span class="quiet">{messages.reserved(value.reserved)}</span>}
          </p>
          {value.grants.length > 0 && (
            <ul class="grants">
              {value.grants.map(({ id, left, expiresAt }) => (
                <li key={id} class="quiet">
                  {messages.grant(left, expiresAt === null ? undefined : formatTime(expiresAt))}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
      {pointsUrl !== undefined && (
        <a class="button button-main" href={pointsUrl}>
          {messages.getPoints}
        </a>
      )}
    </section>
  )
}

const UsageOfMonth = ({ messages, models: { gateway }, renderRemedies }: AccountDialogOptions) => {
  const range = useMemo(() => getLastDays(30), [])
  const { value, failure, reload } = useLoaded({ read: () => readUsage(gateway, range), toFailure: toFacts }, [
    gateway,
    range,
  ])
  return (
    <section class="account-part" aria-label={messages.usage}>
      <h3>{messages.usage}</h3>
      {failure && <FailureNote {...{ messages, failure, renderRemedies }} onRetry={reload} />}
      {!failure && !value && <p class="quiet">{messages.loading}</p>}
      {value && <UsageChart {...{ messages, range }} usage={value} />}
    </section>
  )
}

interface UsageChartOptions {
  readonly messages: PageMessages
  readonly range: DayRange
  readonly usage: Usage
}

/** A gateway without prices has no points, so that tokens are shown. */
const UsageChart = ({ messages, range, usage }: UsageChartOptions) => {
  const { points, tokens, totalPoints, totalTokens, totalRequests } = usage
  const hasPoints = totalPoints > 0
  const stack = useMemo(() => stackDays(hasPoints ? points : tokens, range), [usage, range])
  if (totalRequests === 0) return <p class="quiet">{messages.noUsage}</p>
  const sum = hasPoints ? messages.points(totalPoints) : messages.tokenSum(totalTokens)
  const label = messages.usageSum(sum, totalRequests)
  return (
    <>
      <p class="quiet">{label}</p>
      <Chart {...{ stack, formatNumber, label }} others={messages.otherModels} />
    </>
  )
}
