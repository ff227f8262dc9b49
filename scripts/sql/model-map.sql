-- The model map: one row a model. Safe to run again; on MySQL 8 and MariaDB 10.11.
-- A table that exists already is left as it is: add what it lacks with model-map-columns.sql.
-- Give clients no permission on it (CloudBase: "adminonly"), because api_key may hold a key.
CREATE TABLE IF NOT EXISTS llm_gateway_model_map (
  id BIGINT PRIMARY KEY AUTO_INCREMENT,
  model_name VARCHAR(128) NOT NULL COMMENT 'name that clients use; must differ in more than case',
  provider VARCHAR(64) NOT NULL,
  api_base VARCHAR(255) NOT NULL COMMENT 'URL up to and including the version path',
  api_key_env VARCHAR(512) NOT NULL COMMENT 'variables with the keys, comma-separated: *_API_KEY, *_KEY or *_TOKEN; may be empty',
  api_key VARCHAR(255) DEFAULT NULL COMMENT 'the key itself, where api_key_env is empty or not set',
  enabled TINYINT(1) NOT NULL DEFAULT 1,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  _openid VARCHAR(64) DEFAULT '' NOT NULL,
  upstream_model VARCHAR(255) DEFAULT NULL COMMENT 'name at the provider; default: model_name',
  completions_mode VARCHAR(8) DEFAULT NULL COMMENT 'auto, native or chat',
  stream_usage VARCHAR(8) DEFAULT NULL COMMENT 'auto, force or off',
  thinking VARCHAR(8) DEFAULT NULL COMMENT 'auto, on or off',
  json_schema VARCHAR(8) DEFAULT NULL COMMENT 'native or prompt',
  default_params TEXT DEFAULT NULL COMMENT 'JSON object: fields set where the client sent none',
  drop_params TEXT DEFAULT NULL COMMENT 'JSON array: fields never sent to this provider',
  allowed_groups TEXT DEFAULT NULL COMMENT 'JSON array: groups that may use it; NULL: everyone',
  max_tokens INT DEFAULT NULL,
  input_price_per_1m DECIMAL(12, 4) DEFAULT NULL COMMENT 'yuan per million tokens',
  output_price_per_1m DECIMAL(12, 4) DEFAULT NULL COMMENT 'yuan per million tokens',
  cache_price_per_1m DECIMAL(12, 4) DEFAULT NULL COMMENT 'yuan per million cached input tokens',
  listed TINYINT(1) DEFAULT NULL COMMENT '0: can be called, but GET /v1/models does not show it',
  targets TEXT DEFAULT NULL COMMENT 'JSON array of objects: several ways to the model',
  fallbacks TEXT DEFAULT NULL COMMENT 'JSON array: models to try when all targets fail',
  weight DECIMAL(12, 6) DEFAULT NULL COMMENT 'share of a target that has no weight of its own; default: 1',
  max_concurrency INT DEFAULT NULL COMMENT 'most requests at the same time for each target',
  switch_on VARCHAR(128) DEFAULT NULL COMMENT 'first_byte_timeout, server_error, context_length',
  UNIQUE KEY uniq_model_name (model_name)
);
