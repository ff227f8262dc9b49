import type { TableName } from '../../shared/models/sources/table.ts'
import { getLanguage } from '../language.ts'
import type { CreateTools } from './create.ts'
import type { Database } from './database.ts'
import { modelsMessages } from './messages.ts'

/** The things that a command works with. */
export interface Tools extends CreateTools {
  readonly database: Database
  readonly table: TableName
}

/** A command of `npm run models`. Resolves to false if something is wrong or was not written. */
export type Command = (tools: Tools, argument: string) => Promise<boolean>

/** The messages in the language of the environment. */
export const getMessages = ({ variables }: Pick<CreateTools, 'variables'>) => modelsMessages[getLanguage(variables)]
