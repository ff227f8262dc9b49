import { retry } from '../../client/retry.ts'
import type { Examination } from './examination.ts'
import { pass } from './finding.ts'

/** Most functions of an environment by default (SCF documentation, "Limits"). A plan can have more or fewer. */
const usualQuota = 50
const pageSize = 100

/** Examines whether the functions of the gateway fit beside those of the app. */
export const examineQuota: Examination = {
  subject: 'number of functions',
  examine: async ({ cloud, settings, variables }) => {
    const { Functions, TotalCount } = await retry(() => cloud.app.functions.getFunctionList(pageSize))
    const missing = settings.filter((row) => Functions.every(({ FunctionName }) => FunctionName !== row.name)).length
    const detail = `${TotalCount} are deployed, ${missing} of the gateway are missing, and ${usualQuota} is the usual quota`
    if (TotalCount > usualQuota || TotalCount + missing <= usualQuota) return [pass('functions', detail)]
    const optional = variables['GATEWAY_FUNCTIONS'] ?? ''
    const leaveOut = optional === '' ? '' : `Take names out of GATEWAY_FUNCTIONS (${optional}). `
    const fix = `${leaveOut}Delete functions that are not in use, or choose a larger plan (console: Overview > Plan).`
    return [{ level: 'warning', subject: 'functions', detail, fix }]
  },
}
