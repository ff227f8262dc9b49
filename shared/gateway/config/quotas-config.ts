import type { Environment } from './variables/environment.ts'

/** The place of the quotas' definitions. Undefined: nothing is limited by quotas. They are parsed with the first use, because most
 *  configurations have none. */
export type QuotasConfig =
  | {
      /** Text of `QUOTAS`. */
      readonly text: string | undefined
      /** Path of `QUOTAS_FILE`; relative to the working directory. */
      readonly file: string | undefined
      /** Whether they are a row of the store: `QUOTAS=store`, and no file. */
      readonly stored: boolean
      /** Time between two looks at the file or row, in milliseconds. */
      readonly ttlMs: number
    }
  | undefined

/** Creates the options of the quotas. */
export const createQuotasConfig = ({ QUOTAS: text, QUOTAS_FILE: file, CONFIG_TTL }: Environment): QuotasConfig =>
  text === undefined && file === undefined
    ? undefined
    : { text, file, stored: text === 'store' && file === undefined, ttlMs: CONFIG_TTL * 1_000 }
