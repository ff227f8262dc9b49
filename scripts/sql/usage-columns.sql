-- Adds the columns that came later to a table of usage records that was made without them, for USAGE_STORE=mysql. The gateway adds
-- them by itself where its user may. Safe to run again; on MySQL 8 and MariaDB 10.11, as model-map-columns.sql is.

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_usage' AND column_name = 'units'),
  'DO 0', 'ALTER TABLE llm_gateway_usage ADD COLUMN units TEXT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_usage' AND column_name = 'target'),
  'DO 0', 'ALTER TABLE llm_gateway_usage ADD COLUMN target VARCHAR(255) NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_usage' AND column_name = 'target_attempts'),
  'DO 0', 'ALTER TABLE llm_gateway_usage ADD COLUMN target_attempts TEXT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_usage' AND column_name = 'shortfall'),
  'DO 0', 'ALTER TABLE llm_gateway_usage ADD COLUMN shortfall BIGINT UNSIGNED NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_usage' AND column_name = 'safety'),
  'DO 0', 'ALTER TABLE llm_gateway_usage ADD COLUMN safety TEXT NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SET @statement = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_usage' AND column_name = 'key_id'),
  'DO 0', 'ALTER TABLE llm_gateway_usage ADD COLUMN key_id VARCHAR(64) NULL');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
