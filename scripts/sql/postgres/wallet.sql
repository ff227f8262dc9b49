-- Wallets, counts of quotas and idempotency keys in PostgreSQL, for USAGE_STORE=rdb: one row a wallet, a grant by its key, an entry that has
-- left its wallet. `npm run deploy` runs this file; it also runs in the console's SQL editor. Safe to run again. Ids are compared byte by byte.
CREATE TABLE IF NOT EXISTS llm_gateway_usage_wallet (
  id VARCHAR(255) COLLATE "C" PRIMARY KEY,
  version BIGINT NOT NULL,
  due_at BIGINT NOT NULL DEFAULT 0,
  data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS llm_gateway_usage_wallet_due ON llm_gateway_usage_wallet (due_at);

-- Row level security without a policy closes the table to users: who can write it can give points.
ALTER TABLE llm_gateway_usage_wallet ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON llm_gateway_usage_wallet FROM PUBLIC, anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON llm_gateway_usage_wallet TO service_role;

-- The HTTPS API knows new tables and columns after this (PostgREST documentation, "Schema Cache").
NOTIFY pgrst, 'reload schema';
