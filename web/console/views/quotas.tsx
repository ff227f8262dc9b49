import { useState } from 'preact/hooks'
import { formatNumber } from '../../design/format-number.ts'
import { useView } from '../api/use-view.ts'
import type { Quota, Quotas as QuotasView } from '../api/views.ts'
import type { ConsoleMessages } from '../messages.ts'
import { LookUpForm } from '../parts/look-up-form.tsx'
import { Show } from '../parts/show.tsx'
import type { ViewOptions } from './view-options.ts'

/** The quotas, and what all calls, the models and one user, group or key have used of them. */
export const Quotas = ({ messages }: ViewOptions) => {
  const [subject, setSubject] = useState('')
  const quotas = useView<QuotasView>(`quotas?subject=${encodeURIComponent(subject)}`)
  const lookUp = (text: string): void => (text === subject ? quotas.reload() : setSubject(text))
  return (
    <Show messages={messages} loaded={quotas}>
      {(view) => (
        <>
          {view.problem !== null && (
            <p class="card row-alert" lang="en">
              {view.problem}
            </p>
          )}
          {view.quotas.length === 0 && view.problem === null && <p class="card">{messages.noQuotas}</p>}
          {view.quotas.some(({ per }) => ['user', 'group', 'key'].includes(per)) && (
            <div class="card">
              <LookUpForm label={messages.quotaSubject} action={messages.lookUp} onLookUp={lookUp} />
            </div>
          )}
          {view.quotas.length > 0 && (
            <ul class="rows">
              {view.quotas.map((quota) => (
                <QuotaRow key={quota.name} {...{ messages, quota }} counts={view.counts} />
              ))}
            </ul>
          )}
        </>
      )}
    </Show>
  )
}

/** A later gateway may have other words. */
const translate = (words: Readonly<Record<string, string>>, word: string): string => words[word] ?? word

interface QuotaRowOptions {
  readonly messages: ConsoleMessages
  readonly quota: Quota
  readonly counts: QuotasView['counts']
}

const QuotaRow = ({ messages, quota, counts }: QuotaRowOptions) => {
  const { name, unit, window, per, limit, models, groups } = quota
  return (
    <li class="card">
      <h2>{name}</h2>
      <p>
        {messages.quotaText(
          formatNumber(limit),
          translate(messages.quotaUnits, unit),
          translate(messages.quotaWindows, window),
          translate(messages.quotaPer, per),
        )}
      </p>
      {models && <p class="quiet">{messages.quotaModels(models.join(', '))}</p>}
      {groups && <p class="quiet">{messages.quotaGroups(groups.join(', '))}</p>}
      {counts
        .filter((count) => count.quota === name)
        .map(({ subject, used }) => (
          <label key={subject} class="count">
            <span>{subject || messages.allCalls}</span>
            <meter min={0} max={limit} high={limit * 0.9} value={used} />
            <span class="is-end">
              {formatNumber(used)} / {formatNumber(limit)}
            </span>
          </label>
        ))}
    </li>
  )
}
