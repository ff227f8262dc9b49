-- Adds the optional columns to a table of the model map that was made without them. Safe to run again; on MySQL 8 and
-- MariaDB 10.11, which have no common "ADD COLUMN IF NOT EXISTS": a column that is there already becomes "DO 0".

-- Names in Chinese need utf8mb4, which a table has only if it or its server says so.
SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND character_set_name <> 'utf8mb4'),
  'ALTER TABLE llm_gateway_model_map CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'upstream_model'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN upstream_model VARCHAR(255) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'completions_mode'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN completions_mode VARCHAR(8) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'stream_usage'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN stream_usage VARCHAR(8) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'thinking'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN thinking VARCHAR(8) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'json_schema'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN json_schema VARCHAR(8) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'default_params'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN default_params TEXT DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'drop_params'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN drop_params TEXT DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'max_tokens'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN max_tokens INT DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'input_price_per_1m'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN input_price_per_1m DECIMAL(12, 4) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'output_price_per_1m'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN output_price_per_1m DECIMAL(12, 4) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'cache_price_per_1m'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN cache_price_per_1m DECIMAL(12, 4) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'allowed_groups'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN allowed_groups TEXT DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'listed'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN listed TINYINT(1) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'targets'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN targets TEXT DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'fallbacks'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN fallbacks TEXT DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'weight'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN weight DECIMAL(12, 6) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'max_concurrency'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN max_concurrency INT DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'switch_on'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN switch_on VARCHAR(128) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

-- api_key_env may name several variables.
SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'api_key_env'
      AND character_maximum_length < 512),
  'ALTER TABLE llm_gateway_model_map MODIFY COLUMN api_key_env VARCHAR(512) NOT NULL', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'system_prompt'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN system_prompt TEXT DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'client_system'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN client_system VARCHAR(8) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'allowed_params'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN allowed_params TEXT DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'max_prompt_tokens'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN max_prompt_tokens INT DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'max_batch'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN max_batch INT DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'moderation'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN moderation VARCHAR(16) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'messages_base'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN messages_base VARCHAR(2048) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'responses_base'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN responses_base VARCHAR(2048) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' AND column_name = 'search_price_per_1k'),
  'DO 0', 'ALTER TABLE llm_gateway_model_map ADD COLUMN search_price_per_1k DECIMAL(12, 4) DEFAULT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
