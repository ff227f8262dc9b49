import { useState } from 'preact/hooks'
import { getLastDays } from '../../parts/chart/days.ts'
import { useView } from '../api/use-view.ts'
import type { Overview as OverviewView, Usage } from '../api/views.ts'
import type { ConsoleMessages } from '../messages.ts'
import { Show } from '../parts/show.tsx'
import { UsageChart } from './usage/usage-chart.tsx'
import type { ViewOptions } from './view-options.ts'

/** The first view: whether all is well, and what the gateway works with. */
export const Overview = ({ messages, overview }: ViewOptions) => (
  <Show messages={messages} loaded={overview}>
    {(view) => (
      <>
        <Health {...{ messages, view }} />
        <Facts {...{ messages, view }} />
        {view.health.usage.reachable === true && <Glance messages={messages} />}
        {view.development && <Development {...{ messages, url: view.development.url }} />}
      </>
    )}
  </Show>
)

/** The last 30 days. */
const Glance = ({ messages }: Pick<ViewOptions, 'messages'>) => {
  const [{ from, to }] = useState(() => getLastDays(30))
  const usage = useView<Usage>(`usage?from=${from}&to=${to}`)
  return (
    <Show messages={messages} loaded={usage}>
      {(view) =>
        view.all === null ? (
          <p class="card">{messages.noRecords}</p>
        ) : (
          <UsageChart {...{ messages, view }} all={view.all} />
        )
      }
    </Show>
  )
}

interface PartOptions {
  readonly messages: ConsoleMessages
  readonly view: OverviewView
}

const Health = ({ messages, view: { health } }: PartOptions) => (
  <section class={`card health is-${health.status}`} aria-labelledby="health">
    <h2 id="health">{health.problems.length === 0 ? messages.allWell : messages.problems(health.problems.length)}</h2>
    {health.problems.length > 0 && (
      <ul class="sentences" lang="en">
        {health.problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    )}
  </section>
)

const Facts = ({ messages, view }: PartOptions) => (
  <dl class="facts">
    {listFacts(messages, view).map(([name, value]) => (
      <div key={name} class="fact">
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)

const listFacts = (messages: ConsoleMessages, { environment, wallets, health }: OverviewView) => {
  const { facts } = messages
  const { config, usage, targets } = health
  const resting = targets.models.flatMap((model) => model.targets).filter(({ rest }) => rest !== null).length
  return [
    [facts.models, String(config.models)],
    [facts.resting, targets.rests === 'store' ? String(resting) : '–'],
    [facts.store, messages.stores[usage.store as keyof ConsoleMessages['stores']] ?? usage.store],
    [facts.undelivered, usage.undelivered === null ? '–' : String(usage.undelivered)],
    [facts.dead, usage.dead === null ? '–' : String(usage.dead)],
    [facts.wallets, messages.walletStates[wallets]],
    [facts.environment, environment ? `${environment.id} (${environment.region})` : messages.noEnvironment],
    [facts.version, health.version],
  ] as const
}

const Development = ({ messages, url }: { readonly messages: ConsoleMessages; readonly url: string }) => (
  <section class="card" aria-labelledby="development">
    <h2 id="development">{messages.developmentRuns}</h2>
    <p>
      {messages.developmentText}{' '}
      <a href={`${url}/`} target="_blank" rel="noreferrer">
        {url}/
      </a>
    </p>
  </section>
)
