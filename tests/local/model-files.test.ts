import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, test } from '@jest/globals'
import { addModelFiles } from '../../scripts/local/model-files.ts'

const both = { MODEL_PROVIDER_MAP_FILE: 'model_map.json', MODEL_LIST_FILE: 'model_list.json' }

describe('the model files of npm start', () => {
  test('are those that the deployed functions get', () => {
    expect(addModelFiles({ MODEL_LIST: ' ' }, '.')).toEqual({ MODEL_LIST: ' ', ...both })
    const { functions } = JSON.parse(readFileSync('cloudbaserc.json', 'utf8'))
    const chat = functions.find(({ name }: { name: string }) => name === 'llm-chat-completions')
    expect(chat.envVariables).toMatchObject(both)
  })

  test.each([
    [{ MODEL_PROVIDER_MAP: '{}' }, { MODEL_LIST_FILE: 'model_list.json' }],
    [{ MODEL_LIST: 'a' }, { MODEL_PROVIDER_MAP_FILE: 'model_map.json' }],
    [{ MODEL_PROVIDER_MAP_FILE: 'mine.json', MODEL_LIST_FILE: 'mine.json' }, {}],
  ])('give way to %j', (environment, added) => {
    expect(addModelFiles(environment, '.')).toEqual({ ...environment, ...added })
  })

  test('are not named if the folder has none', () => {
    expect(addModelFiles({}, tmpdir())).toEqual({})
  })
})
