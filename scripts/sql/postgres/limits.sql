-- What users have used of their limits in PostgreSQL, for USAGE_STORE=rdb with RATE_LIMIT_PER_MINUTE or MAX_CONCURRENT_STREAMS: one
-- row a user. `npm run deploy` runs this file; it also runs in the console's SQL editor. Safe to run again.
CREATE TABLE IF NOT EXISTS llm_gateway_usage_limits (
  id VARCHAR(128) PRIMARY KEY,
  grants BIGINT[] NOT NULL,
  leases TEXT[] NOT NULL,
  mark VARCHAR(36) NOT NULL
);

-- Row level security without a policy closes the table to users.
ALTER TABLE llm_gateway_usage_limits ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON llm_gateway_usage_limits FROM PUBLIC, anon, authenticated;
GRANT SELECT, INSERT, UPDATE ON llm_gateway_usage_limits TO service_role;

-- The HTTPS API knows new tables and columns after this (PostgREST documentation, "Schema Cache").
NOTIFY pgrst, 'reload schema';
