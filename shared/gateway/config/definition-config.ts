/** The place of something that a variable, a file or a row of the store defines: quotas, or a list of words. */
export interface DefinitionConfig {
  /** Text of the variable. */
  readonly text: string | undefined
  /** Path of the file; relative to the working directory. */
  readonly file: string | undefined
  /** Whether it is a row of the store: the variable is `store`, and there is no file. */
  readonly stored: boolean
  /** Time between two looks at the file or row, in milliseconds. */
  readonly ttlMs: number
}

/** Creates the place of a definition; undefined if there is none. It is read and parsed with the first use. */
export const createDefinitionConfig = ({
  text,
  file,
  ttlMs,
}: Omit<DefinitionConfig, 'stored'>): DefinitionConfig | undefined =>
  text === undefined && file === undefined
    ? undefined
    : { text, file, stored: text === 'store' && file === undefined, ttlMs }
