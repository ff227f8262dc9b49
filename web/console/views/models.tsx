import { useState } from 'preact/hooks'
import { useView } from '../api/use-view.ts'
import type { Model, Models as ModelsView, ModelTargets } from '../api/views.ts'
import type { ConsoleMessages } from '../messages.ts'
import { Show } from '../parts/show.tsx'
import { EditDialog } from './models/edit-dialog.tsx'
import { ModelTools, type ModelToolsOptions } from './models/model-tools.tsx'
import type { ViewOptions } from './view-options.ts'

/** The models: where their requests go, their keys and prices, and what is wrong with them. */
export const Models = ({ messages, overview }: ViewOptions) => {
  const models = useView<ModelsView>('models')
  const [isAdding, setAdding] = useState(false)
  const reload = (): void => {
    models.reload()
    overview.reload()
  }
  const close = (isDone: boolean): void => {
    setAdding(false)
    if (isDone) reload()
  }
  const rests = overview.view?.health.targets.models ?? []
  return (
    <Show messages={messages} loaded={models}>
      {(view) => (
        <>
          <div class="bar">
            <p class="quiet">{messages.mapIn(view.map.kind, view.map.name)}</p>
            <button type="button" class="button bar-end" onClick={() => setAdding(true)}>
              {messages.addModel}
            </button>
          </div>
          {isAdding && <EditDialog {...{ messages }} model={undefined} fields={view.fields} onClose={close} />}
          {view.problems.length > 0 && (
            <ul class="sentences card" lang="en">
              {view.problems.map((problem) => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          )}
          {view.models.length === 0 && <p class="card">{messages.noModels}</p>}
          <ul class="rows">
            {view.models.map((model) => (
              <ModelRow
                key={`${model.origin} ${model.name}`}
                {...{ messages, view, model }}
                onChange={reload}
                targets={rests.find((row) => row.model === model.name)?.targets ?? []}
              />
            ))}
          </ul>
        </>
      )}
    </Show>
  )
}

interface ModelRowOptions extends ModelToolsOptions {
  readonly targets: ModelTargets['targets']
}

const ModelRow = ({ targets, ...options }: ModelRowOptions) => {
  const { messages, model } = options
  return (
    <li class="row card">
      <div class="row-main">
        <h2 class="row-name">
          {model.name}
          <State {...{ messages, model }} />
        </h2>
        {model.targets.map((target) => (
          <p key={`${target.address} ${target.upstream_model} ${target.tier}`} class="row-text">
            {target.provider} · {target.upstream_model} · {target.address}
            {target.tier > 0 && ` · ${messages.fallback(target.tier)}`}
          </p>
        ))}
        <p class="quiet">
          {messages.keyStates[model.key.state](model.key.variables)} ·{' '}
          {model.prices ? messages.prices(model.prices.input, model.prices.output) : messages.noPrices}
        </p>
        {targets.map(({ target, rest }) =>
          rest ? (
            <p key={target} class="row-alert">
              {messages.rests(target, rest.seconds, rest.reason)}
            </p>
          ) : null,
        )}
        {model.problems.map((problem) => (
          <p key={problem} class="row-alert" lang="en">
            {problem}
          </p>
        ))}
      </div>
      <ModelTools {...options} />
    </li>
  )
}

const State = ({ messages, model }: { readonly messages: ConsoleMessages; readonly model: Model }) => {
  if (!model.is_enabled) return <span class="badge">{messages.off}</span>
  if (model.targets.length === 0) return <span class="badge is-alert">{messages.unusable}</span>
  return (
    <>
      <span class="badge is-good">{messages.on}</span>
      {model.origin === 'variable' && <span class="badge">{messages.fromVariable}</span>}
    </>
  )
}
