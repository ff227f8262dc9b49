/** The table exactly as in the README of the original. */
export const seedTable = `
CREATE TABLE llm_gateway_model_map (
  id BIGINT PRIMARY KEY AUTO_INCREMENT,
  model_name VARCHAR(128) NOT NULL,
  provider VARCHAR(64) NOT NULL,
  api_base VARCHAR(255) NOT NULL,
  api_key_env VARCHAR(64) NOT NULL,
  api_key VARCHAR(255) DEFAULT NULL,
  enabled TINYINT(1) NOT NULL DEFAULT 1,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  _openid VARCHAR(64) DEFAULT '' NOT NULL,
  UNIQUE KEY uniq_model_name (model_name)
);`
