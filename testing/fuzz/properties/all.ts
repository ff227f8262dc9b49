import type { FuzzProperty } from '../property.ts'
import { bodyProperties } from './bodies.ts'
import { countProperties } from './counts.ts'
import { modelProperties } from './models.ts'
import { requestProperties } from './requests.ts'
import { responseProperties } from './responses.ts'
import { settingProperties } from './settings.ts'
import { tokenProperties } from './tokens.ts'
import { wireProperties } from './wire.ts'

/** Every property. */
export const fuzzProperties: readonly FuzzProperty[] = [
  ...bodyProperties,
  ...requestProperties,
  ...responseProperties,
  ...tokenProperties,
  ...countProperties,
  ...modelProperties,
  ...settingProperties,
  ...wireProperties,
]
