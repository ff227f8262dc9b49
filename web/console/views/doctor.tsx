import { useState } from 'preact/hooks'
import { useView } from '../api/use-view.ts'
import type { Doctor as DoctorView, Finding } from '../api/views.ts'
import type { ConsoleMessages } from '../messages.ts'
import { Show } from '../parts/show.tsx'
import type { ViewOptions } from './view-options.ts'

/** The doctor: compares the deployed gateway with this folder when the owner asks for it. */
export const Doctor = ({ messages }: ViewOptions) => {
  const [isRun, setRun] = useState(false)
  return (
    <>
      <section class="card stack" aria-labelledby="doctor">
        <h2 id="doctor">{messages.doctorTitle}</h2>
        <p>{messages.doctorText}</p>
        {!isRun && (
          <p>
            <button type="button" class="button button-main" onClick={() => setRun(true)}>
              {messages.runDoctor}
            </button>
          </p>
        )}
      </section>
      {isRun && <Findings messages={messages} />}
    </>
  )
}

const Findings = ({ messages }: { readonly messages: ConsoleMessages }) => {
  const doctor = useView<DoctorView>('doctor')
  return (
    <Show messages={messages} loaded={doctor}>
      {({ sections }) => (
        <>
          <div class="bar">
            <p role="status">
              {summarize(
                messages,
                sections.flatMap(({ findings }) => findings),
              )}
            </p>
            <button type="button" class="button bar-end" disabled={doctor.isLoading} onClick={doctor.reload}>
              {doctor.isLoading ? messages.working : messages.runDoctor}
            </button>
          </div>
          {sections
            .filter(({ findings }) => findings.length > 0)
            .map(({ subject, findings }) => (
              <section key={subject} class="card" lang="en">
                <h2>{subject}</h2>
                <ul class="findings">
                  {findings.map((finding) => (
                    <FindingRow key={`${finding.subject} ${finding.detail}`} {...{ messages, finding }} />
                  ))}
                </ul>
              </section>
            ))}
        </>
      )}
    </Show>
  )
}

const badges = { ok: 'is-good', warning: '', problem: 'is-alert', open: '' } as const

const FindingRow = ({ messages, finding }: { readonly messages: ConsoleMessages; readonly finding: Finding }) => (
  <li>
    <span class={`badge ${badges[finding.level]}`} lang={messages.htmlLanguage}>
      {messages.levels[finding.level]}
    </span>{' '}
    {finding.subject}: {finding.detail}
    {finding.fix !== '' && <p class="quiet">→ {finding.fix}</p>}
  </li>
)

const summarize = (messages: ConsoleMessages, findings: readonly Finding[]): string =>
  (['problem', 'warning', 'open', 'ok'] as const)
    .map((level) => `${messages.levels[level]}: ${findings.filter((finding) => finding.level === level).length}`)
    .join(' · ')
