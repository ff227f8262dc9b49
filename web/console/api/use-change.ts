import { useCallback, useEffect, useState } from 'preact/hooks'
import { type Failure, post, toFailure } from './client.ts'
import type { ChangeResult, Plan } from './views.ts'

/** What the console can change or do. */
export type ChangeName = 'grant' | 'revoke' | 'redrive' | 'model' | 'try' | 'key' | 'key_end'

/** A change on its way: planned, being made, made, or failed. */
export interface Change {
  readonly plan: Plan | undefined
  readonly result: ChangeResult | undefined
  readonly failure: Failure | undefined
  readonly isBusy: boolean
  /** Makes the change that the plan shows. */
  readonly confirm: (word: string) => void
  /** Plans it anew. */
  readonly replan: () => void
}

type State = Pick<Change, 'plan' | 'result' | 'failure' | 'isBusy'>

type Reply = { readonly plan: Plan } | { readonly result: ChangeResult }

/** Asks the console what a change would do, and makes it when the owner has confirmed.
 *  @param request must stay the same object while the change is shown */
export const useChange = (name: ChangeName, request: object): Change => {
  const [state, setState] = useState<State>(begun)
  const send = useCallback(
    (confirmation?: object): void => {
      setState((before) => ({ ...before, isBusy: true, failure: undefined }))
      post<Reply>('change', { name, request, ...(confirmation && { confirmation }) }).then(
        (reply) => setState((before) => ({ ...before, ...begun, ...reply, isBusy: false })),
        (thrown: unknown) => setState((before) => ({ ...before, failure: toFailure(thrown), isBusy: false })),
      )
    },
    [name, request],
  )
  useEffect(() => send(), [send])
  return { ...state, confirm: (word) => send({ word, state: state.plan?.state }), replan: () => send() }
}

const begun: State = { plan: undefined, result: undefined, failure: undefined, isBusy: true }
