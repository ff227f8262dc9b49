-- Wallets, counts of quotas and idempotency keys, for USAGE_STORE=mysql: one row a wallet, a grant by its key, an entry that has left its wallet.
-- Safe to run again; on MySQL 8 and MariaDB 10.11. With another USAGE_TABLE, name the table after it, with _wallet at the end.
-- Give clients no permission on it (CloudBase: "adminonly"): who can write it can give points.
CREATE TABLE IF NOT EXISTS `llm_gateway_usage_wallet` (
  `id` VARCHAR(255) NOT NULL PRIMARY KEY,
  `version` BIGINT UNSIGNED NOT NULL,
  `due_at` BIGINT UNSIGNED NOT NULL DEFAULT 0,
  `data` MEDIUMTEXT NOT NULL,
  KEY due (due_at)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
