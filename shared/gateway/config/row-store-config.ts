import type { KeptStoreConfig } from './usage-config.ts'

/** Where rows are: beside the usage records, or for a file of those in a file of their own.
 *  @param kind the end of the file's name, such as `keys` */
export const toRowStore = (store: KeptStoreConfig, kind: 'keys' | 'wallet'): KeptStoreConfig =>
  store.kind === 'file' ? { kind: 'file', path: store.path.replace(/(\.jsonl?)?$/, `.${kind}.jsonl`) } : store
