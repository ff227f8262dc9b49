import { useEffect, useMemo, useState } from 'preact/hooks'
import { useStored } from '../../design/use-stored.ts'
import type { FailureFacts } from './call-failure.ts'
import { CallFailure } from './call-failure.ts'
import { type Credential, findGateway, type Gateway, listBases } from './gateway.ts'

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

const toFacts = (error: unknown): FailureFacts =>
  error instanceof CallFailure ? error.facts : { status: 0, code: 'unreachable', message: String(error) }

/** Finds the gateway and lists its models, again for each credential. The choice is kept for the next visit. */
export const useModels = (credential: Credential | undefined): Models => {
  const bases = listBases(location.href)
  const [listing, setListing] = useState<Listing>({ base: bases[0] ?? '/', names: [], isLoading: true })
  const [chosen, choose] = useStored('playground.model')
  const [visit, setVisit] = useState(0)
  const { kind, value } = credential ?? {}
  // A credential is its two texts. Each visit asks again.
  useEffect(() => {
    let isCurrent = true
    setListing((before) => ({ base: before.base, names: before.names, isLoading: true }))
    findGateway(bases, credential).then(
      ({ base, models }) => isCurrent && setListing({ base, names: models, isLoading: false }),
      (error: unknown) =>
        isCurrent && setListing((before) => ({ ...before, names: [], isLoading: false, failure: toFacts(error) })),
    )
    return () => {
      isCurrent = false
    }
  }, [kind, value, visit])
  const { base, names, isLoading, failure } = listing
  const gateway = useMemo(() => ({ base, credential }), [base, kind, value])
  const model = chosen !== undefined && names.includes(chosen) ? chosen : names[0]
  return { gateway, names, model, isLoading, failure, choose, reload: () => setVisit(visit + 1) }
}
