import type { Call } from '../../protocol/call.ts'
import { operations } from '../../protocol/operations.ts'
import type { Route } from '../../protocol/route.ts'
import type { Usage } from '../../protocol/usage.ts'
import type { User } from '../../protocol/user.ts'
import type { LogFields } from '../../runtime/log.ts'

/** A call, as the log names it. */
interface LoggedCall {
  readonly user: User
  readonly call: Call
  readonly route: Route
}

/** Returns the fields of a call for the request's log line. Names follow OpenTelemetry if it has one ("Semantic
 *  conventions for generative AI", 1.37). */
export const toCallLogFields = ({ user, call, route }: LoggedCall): LogFields => ({
  user_id: user.id,
  key_id: user.key?.id,
  'gen_ai.operation.name': operations[call.operation].genAiName,
  'gen_ai.request.model': call.model,
  'gen_ai.provider.name': route.targets[0].provider,
  stream: call.stream,
  left_out: call.leftOut,
})

/** Returns the fields of a usage for the request's log line. */
export const toUsageLogFields = (usage: Usage): LogFields => ({
  'gen_ai.usage.input_tokens': usage.prompt_tokens,
  'gen_ai.usage.output_tokens': usage.completion_tokens,
})
