import { useMemo } from 'preact/hooks'
import { useLoaded } from '../../design/use-loaded.ts'
import { useStored } from '../../design/use-stored.ts'
import { type FailureFacts, toFacts } from './call-failure.ts'
import { type Caller, callerWithoutHeaders, findGateway, type Gateway } from './gateway.ts'

/** The gateway of the page and its models. */
export interface Models {
  readonly gateway: Gateway
  readonly names: readonly string[]
  /** The chosen model. Undefined: the list is not there yet, or empty. */
  readonly model: string | undefined
  readonly isLoading: boolean
  readonly failure: FailureFacts | undefined
  readonly choose: (model: string) => void
  readonly reload: () => void
}

/** The options of {@link useModels}. */
export interface ModelsOptions {
  /** Where the gateway may be. The array must stay the same while nothing changes. */
  readonly bases: readonly string[]
  /** Undefined: it is not known yet who calls, so that nothing is asked. */
  readonly caller: Caller | undefined
  /** The name under which the choice is kept, such as `playground.model`. */
  readonly name: string
}

/** Finds the gateway and lists its models, again for each caller. The choice is kept for the next visit. */
export const useModels = ({ bases, caller, name }: ModelsOptions): Models => {
  const { value, failure, isLoading, reload } = useLoaded(
    { read: caller && (() => findGateway(bases, caller)), toFailure: toFacts },
    [bases, caller],
  )
  const [chosen, choose] = useStored(name)
  const base = value?.base ?? bases[0] ?? '/'
  const names = failure ? [] : (value?.models ?? [])
  const gateway = useMemo(() => ({ base, caller: caller ?? callerWithoutHeaders }), [base, caller])
  const model = chosen !== undefined && names.includes(chosen) ? chosen : names[0]
  return { gateway, names, model, isLoading, failure, choose, reload }
}
