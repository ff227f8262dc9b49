import { checkEnvironment } from '../cloud/client/connect.ts'
import { examineAll } from '../cloud/doctor/doctor.ts'
import type { Section } from '../cloud/doctor/examine/finding.ts'
import { readInput } from '../cloud/doctor/read-input.ts'
import { isHealthy } from '../cloud/doctor/report.ts'
import type { Workspace } from './workspace.ts'

/** What the doctor has found. */
export interface DoctorView {
  readonly is_healthy: boolean
  readonly sections: readonly Section[]
}

/** Compares the deployed gateway with this folder, as `npm run doctor` does. It changes nothing, and calls no provider.
 *  @throws DeploymentError if a variable is missing, or the environment cannot be reached */
export const runDoctor = async (workspace: Workspace): Promise<DoctorView> => {
  const input = await readInput(workspace)
  await checkEnvironment(input.cloud)
  const options = { json: true, probe: false, live: false, seconds: 0, miniProgramSeconds: 0, help: false }
  const sections = await examineAll(input, options, () => undefined)
  return { is_healthy: isHealthy(sections), sections }
}
