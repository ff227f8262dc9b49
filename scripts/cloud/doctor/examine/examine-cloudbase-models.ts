import { retry } from '../../client/retry.ts'
import type { Examination } from './examination.ts'
import { type Finding, fail, pass } from './finding.ts'

const group = 'cloudbase'
const isOn = 1

/** Examines whether the environment has switched on the models of CloudBase that `model_map.json` calls. None is on by
 *  default (CloudBase documentation, "AI: models"; manager-node 5.6.5, `DescribeAIModels`). */
export const examineCloudbaseModels: Examination = {
  subject: 'models of CloudBase',
  examine: async ({ cloud, cloudbaseModels }) => {
    if (cloudbaseModels.length === 0) return [pass('models of CloudBase', 'are not in model_map.json')]
    const { AIModels } = await retry(() => cloud.app.aiModel.describeAIModels())
    const own = (AIModels ?? []).filter(({ GroupName, Status }) => GroupName === group && Status === isOn)
    const enabled = own.flatMap(({ Models }) => Models ?? []).map(({ Model }) => Model)
    return cloudbaseModels.map((model) => describeModel(model, enabled.includes(model)))
  },
}

const describeModel = (model: string, isEnabled: boolean): Finding =>
  isEnabled
    ? pass(model, 'is switched on in this environment')
    : fail(
        model,
        'is not switched on in this environment',
        `Switch it on (console: AI+ > Models), or remove it from model_map.json.`,
      )
