-- What users have used of their limits, for USAGE_STORE=mysql with RATE_LIMIT_PER_MINUTE or MAX_CONCURRENT_STREAMS: one row a user.
-- The gateway creates it by itself where its user may. Give clients no permission on it.
CREATE TABLE IF NOT EXISTS `llm_gateway_usage_limits` (
  `id` VARCHAR(128) NOT NULL PRIMARY KEY,
  `grants` TEXT NOT NULL,
  `leases` TEXT NOT NULL
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
