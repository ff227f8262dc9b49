/** How an upstream answer ended: in full; because the client left; because the provider broke it off; because a deadline passed. */
export type Outcome = 'complete' | 'client_gone' | 'upstream_cut' | 'timeout'

/** How an answer ended that a failure with this code ended. */
export const outcomeOf = (code: string | undefined): Outcome => {
  if (code === 'client_gone') return 'client_gone'
  return code === 'upstream_timeout' ? 'timeout' : 'upstream_cut'
}
