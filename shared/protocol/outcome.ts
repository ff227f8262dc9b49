/** How an upstream answer ended: in full; because the client left; because the provider broke it off; because a deadline passed. */
export type Outcome = 'complete' | 'client_gone' | 'upstream_cut' | 'timeout'
