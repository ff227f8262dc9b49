-- The table of usage records in PostgreSQL, for USAGE_STORE=rdb. `npm run deploy` runs this file; it also runs in the console's SQL editor, before the first call.
-- Safe to run again. The gateway uses the API key of the environment, which has the role service_role.
CREATE TABLE IF NOT EXISTS llm_gateway_usage (
  id VARCHAR(64) PRIMARY KEY,
  state VARCHAR(8) NOT NULL,
  delivery VARCHAR(8) NOT NULL,
  mark VARCHAR(36) NOT NULL,
  user_id VARCHAR(128),
  model VARCHAR(255) NOT NULL,
  upstream_model VARCHAR(255) NOT NULL,
  provider VARCHAR(64) NOT NULL,
  endpoint VARCHAR(64) NOT NULL,
  stream BOOLEAN NOT NULL DEFAULT FALSE,
  client_request_id VARCHAR(128),
  prices VARCHAR(255),
  prompt_estimate BIGINT NOT NULL DEFAULT 0,
  progress_tokens BIGINT NOT NULL DEFAULT 0,
  opened_at BIGINT NOT NULL DEFAULT 0,
  deadline_at BIGINT NOT NULL DEFAULT 0,
  outcome VARCHAR(16),
  estimated BOOLEAN NOT NULL DEFAULT FALSE,
  usage TEXT,
  prompt_tokens BIGINT NOT NULL DEFAULT 0,
  completion_tokens BIGINT NOT NULL DEFAULT 0,
  total_tokens BIGINT NOT NULL DEFAULT 0,
  cached_tokens BIGINT NOT NULL DEFAULT 0,
  points BIGINT NOT NULL DEFAULT 0,
  cost_nano BIGINT,
  latency_ms BIGINT NOT NULL DEFAULT 0,
  ttft_ms BIGINT NOT NULL DEFAULT 0,
  closed_at BIGINT NOT NULL DEFAULT 0,
  day CHAR(10) NOT NULL,
  attempts INT NOT NULL DEFAULT 0,
  next_at BIGINT NOT NULL DEFAULT 0,
  units TEXT,
  target VARCHAR(255),
  target_attempts TEXT,
  shortfall BIGINT,
  safety TEXT,
  key_id VARCHAR(64)
);
ALTER TABLE llm_gateway_usage ADD COLUMN IF NOT EXISTS shortfall BIGINT;
ALTER TABLE llm_gateway_usage ADD COLUMN IF NOT EXISTS safety TEXT;
ALTER TABLE llm_gateway_usage ADD COLUMN IF NOT EXISTS key_id VARCHAR(64);
CREATE INDEX IF NOT EXISTS llm_gateway_usage_orphans ON llm_gateway_usage (state, deadline_at);
CREATE INDEX IF NOT EXISTS llm_gateway_usage_due ON llm_gateway_usage (delivery, next_at);
CREATE INDEX IF NOT EXISTS llm_gateway_usage_own ON llm_gateway_usage (user_id, closed_at);
CREATE INDEX IF NOT EXISTS llm_gateway_usage_days ON llm_gateway_usage (day);

-- The sums of each day, model, user and key: queries over the API cannot group.
CREATE OR REPLACE VIEW llm_gateway_usage_totals AS
SELECT day, model, user_id,
  COUNT(*) AS records,
  COUNT(*) FILTER (WHERE estimated) AS estimated,
  COUNT(*) FILTER (WHERE outcome = 'orphan') AS orphans,
  COUNT(*) FILTER (WHERE delivery = 'pending') AS undelivered,
  COUNT(*) FILTER (WHERE delivery = 'dead') AS dead,
  SUM(prompt_tokens) AS prompt_tokens,
  SUM(completion_tokens) AS completion_tokens,
  SUM(total_tokens) AS total_tokens,
  SUM(cached_tokens) AS cached_tokens,
  SUM(points) AS points,
  SUM(cost_nano) AS cost_nano,
  key_id
FROM llm_gateway_usage
WHERE state = 'final'
GROUP BY day, model, user_id, key_id;

-- Users read their own records and write none. The view shows all users, so only the gateway reads it.
ALTER TABLE llm_gateway_usage ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON llm_gateway_usage, llm_gateway_usage_totals FROM PUBLIC, anon, authenticated;
GRANT SELECT, INSERT, UPDATE ON llm_gateway_usage TO service_role;
GRANT SELECT ON llm_gateway_usage_totals TO service_role;
GRANT SELECT ON llm_gateway_usage TO authenticated;
DROP POLICY IF EXISTS llm_gateway_usage_own ON llm_gateway_usage;
CREATE POLICY llm_gateway_usage_own ON llm_gateway_usage FOR SELECT TO authenticated USING (user_id = auth.uid());

-- The HTTPS API knows new tables and columns after this (PostgREST documentation, "Schema Cache").
NOTIFY pgrst, 'reload schema';
