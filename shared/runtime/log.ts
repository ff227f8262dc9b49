/** The levels of log lines. Each level includes those before it. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const

/** A level of a log line. `info`: all is as it should be, one line per request; `warn`: an operator should look;
 *  `error`: something is broken. */
export type LogLevel = (typeof logLevels)[number]

/** Flat fields of a log line. Never a token, key, prompt, response text or header. */
export type LogFields = { [field: string]: string | number | boolean | null | undefined }

/** Every event that is logged. docs/operations.md lists each with its meaning and what to do. */
export type LogEvent =
  | 'request'
  | 'request_failed'
  | 'reply_failed'
  | 'event_failed'
  | 'unhandled_rejection'
  | 'uncaught_exception'
  | 'listen_failed'
  | 'connection_refused'
  | 'variable_ignored'
  | 'tracing_unavailable'
  | 'auth_misconfigured'
  | 'auth_disabled'
  | 'auth_by_gateway'
  | 'admin_key_short'
  | 'admin_key_unusable'
  | 'model_map_loaded'
  | 'model_map_unavailable'
  | 'model_map_refused'
  | 'model_rejected'
  | 'model_problem'
  | 'model_fields_unknown'
  | 'model_file_unreadable'
  | 'model_json_invalid'
  | 'model_list_differs'
  | 'provider_unknown'
  | 'no_models'
  | 'usage_misconfigured'
  | 'usage_intent_skipped'
  | 'usage_not_cancelled'
  | 'usage_settled_late'
  | 'usage_degraded'
  | 'usage_undelivered'
  | 'usage_postponed'
  | 'usage_delivered'
  | 'usage_orphaned'
  | 'usage_dead'
  | 'usage_flush_failed'
  | 'limits_unavailable'
  | 'keys_misconfigured'
  | 'quotas_misconfigured'
  | 'quotas_unavailable'
  | 'quota_unsettled'
  | 'not_enforced'
  | 'models_free'
  | 'target_rests'
  | 'target_returns'
  | 'moderation_misconfigured'
  | 'moderation_unavailable'
  | 'alert_failed'
  | 'alerts_misconfigured'
  | 'claim_unsettled'
  | 'claim_flush_failed'
  | 'wallet_unsettled'
  | 'wallet_flush_failed'

/** Returns the name of an error, for a log line. Its message may hold a secret or a prompt. */
export const getErrorName = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : typeof thrown)

/** Writes one log line. */
export type Log = (level: LogLevel, event: LogEvent, fields?: LogFields) => void
