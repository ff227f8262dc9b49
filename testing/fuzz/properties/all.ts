import type { FuzzProperty } from '../property.ts'
import { answerProperties } from './answers.ts'
import { bodyProperties } from './bodies.ts'
import { countProperties } from './counts.ts'
import { modelProperties } from './models.ts'
import { requestProperties } from './requests.ts'
import { settingProperties } from './settings.ts'
import { tokenProperties } from './tokens.ts'
import { wireProperties } from './wire.ts'

/** Every property. */
export const fuzzProperties: readonly FuzzProperty[] = [
  ...bodyProperties,
  ...requestProperties,
  ...answerProperties,
  ...tokenProperties,
  ...countProperties,
  ...modelProperties,
  ...settingProperties,
  ...wireProperties,
]
