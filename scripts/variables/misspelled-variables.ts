import { isProviderKeyName } from '../../shared/models/entries/provider-key-name.ts'
import { findNearestName } from '../../shared/runtime/nearest-name.ts'
import { argumentMessages } from '../command-line/messages.ts'
import type { Language } from '../language.ts'
import { isSet, type Variables } from './read-variables.ts'
import { toolVariableNames } from './tool-variables.ts'
import { variableTables } from './variable-tables.ts'

/** The names of one word, such as `HOST`, are near too many others. */
const known = Object.values(variableTables).flatMap(Object.keys).concat(toolVariableNames)
/** Variables of other programs that are near one of the gateway's (MySQL Reference Manual, "Environment Variables"). */
const foreign: readonly string[] = ['MYSQL_HOME']
const comparable = known.filter((name) => name.includes('_'))

/** Describes the variables that nothing reads and whose names are near one of the gateway's. The environment holds variables of many
 *  programs, so a name that is near none, or that may be a provider's key, is not mentioned. */
export const describeMisspelledVariables = (variables: Variables, language: Language): string[] => {
  const messages = argumentMessages[language]
  return Object.keys(variables)
    .filter((name) => isSet(variables[name]) && ![...known, ...foreign].includes(name) && !isProviderKeyName(name))
    .flatMap((name) => {
      const nearest = findNearestName(name, comparable)
      return nearest === undefined ? [] : [`${messages.unreadVariable(name)}${messages.didYouMean(nearest)}`]
    })
}
