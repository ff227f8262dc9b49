import type { Environment } from './environment.ts'

/** The place of the quotas' definitions. Undefined: nothing is limited by quotas. They are parsed with the first use, because most
 *  configurations have none. */
export type QuotasConfig =
  | {
      /** Text of `QUOTAS`. */
      readonly text: string | undefined
      /** Path of `QUOTAS_FILE`; relative to the working directory. */
      readonly file: string | undefined
      /** Time between two looks at the file, in milliseconds. */
      readonly ttlMs: number
    }
  | undefined

/** Creates the options of the quotas. */
export const createQuotasConfig = ({ QUOTAS: text, QUOTAS_FILE: file, CONFIG_TTL }: Environment): QuotasConfig =>
  text === undefined && file === undefined ? undefined : { text, file, ttlMs: CONFIG_TTL * 1_000 }
