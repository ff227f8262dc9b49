import { describe, expect, test } from '@jest/globals'
import type { ExaminationInput } from '../../scripts/cloud/doctor/examine/examination.ts'
import { examineKeys } from '../../scripts/cloud/doctor/examine/examine-login.ts'
import { readCloudbaserc } from '../../scripts/cloud/settings/cloudbaserc.ts'
import type { ModelKey } from '../../scripts/cloud/settings/model-keys.ts'

const preset: ModelKey = { variables: ['DASHSCOPE_API_KEY', 'GLM_API_KEY'], isNeeded: true }
const own: ModelKey = { variables: ['DEEPSEEK_API_KEY'], isNeeded: true }
const none: ModelKey = { variables: [], isNeeded: false }

/** The findings of the doctor for these keys, if these variables are set. */
const findings = async (keys: readonly ModelKey[], variables: Record<string, string>): Promise<string[]> => {
  const settings = readCloudbaserc('.', variables)
  const input = {
    settings,
    variables,
    modelKeys: { keys, hasOtherSource: false, tableVariables: [] },
  } as unknown as ExaminationInput
  const found = await examineKeys.examine(input)
  return found.map(({ level, subject, detail }) => `${level} ${subject} ${detail}`)
}

describe('the doctor on the keys of models', () => {
  test('accepts any one variable of a preset that reaches functions', async () => {
    expect(await findings([preset], { GLM_API_KEY: 'k', DASHSCOPE_API_KEY: 'k' })).toEqual([
      expect.stringMatching(/^ok GLM_API_KEY is set, for \d+ functions$/),
    ])
  })

  test('finds a key that reaches no function', async () => {
    expect(await findings([preset], { DASHSCOPE_API_KEY: 'k' })).toEqual([
      'problem DASHSCOPE_API_KEY reaches no function',
    ])
  })

  test('names all variables of a missing key, as a problem only if no model is left', async () => {
    const missing = 'DASHSCOPE_API_KEY or GLM_API_KEY is not set, so its models are left out'
    expect(await findings([preset], {})).toEqual([`problem ${missing}`])
    expect(await findings([preset, none], {})).toEqual([`warning ${missing}`])
    expect(await findings([preset, own], { DEEPSEEK_API_KEY: 'k' })).toContain(`warning ${missing}`)
  })
})
