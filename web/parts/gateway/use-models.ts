import { useEffect, useMemo, useState } from 'preact/hooks'
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

interface Listing {
  readonly base: string
  readonly names: readonly string[]
  readonly isLoading: boolean
  readonly failure?: FailureFacts
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
  const [listing, setListing] = useState<Listing>({ base: bases[0] ?? '/', names: [], isLoading: true })
  const [chosen, choose] = useStored(name)
  const [visit, setVisit] = useState(0)
  useEffect(() => {
    if (!caller) return
    let isCurrent = true
    setListing((before) => ({ base: before.base, names: before.names, isLoading: true }))
    findGateway(bases, caller).then(
      ({ base, models }) => isCurrent && setListing({ base, names: models, isLoading: false }),
      (error: unknown) =>
        isCurrent && setListing((before) => ({ ...before, names: [], isLoading: false, failure: toFacts(error) })),
    )
    return () => {
      isCurrent = false
    }
  }, [bases, caller, visit])
  const { base, names, isLoading, failure } = listing
  const gateway = useMemo(() => ({ base, caller: caller ?? callerWithoutHeaders }), [base, caller])
  const model = chosen !== undefined && names.includes(chosen) ? chosen : names[0]
  return { gateway, names, model, isLoading, failure, choose, reload: () => setVisit(visit + 1) }
}
