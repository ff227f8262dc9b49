-- The version of each model map that a reload has published: what running instances look at.
-- Safe to run again; on MySQL 8 and MariaDB 10.11. Give clients no permission on it.
CREATE TABLE IF NOT EXISTS llm_gateway_state (
  name VARCHAR(64) NOT NULL COMMENT 'the table of the model map',
  version VARCHAR(64) NOT NULL COMMENT 'digest of its content',
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  _openid VARCHAR(64) DEFAULT '' NOT NULL,
  PRIMARY KEY (name)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
