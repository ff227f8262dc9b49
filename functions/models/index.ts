import { readCoreConfig } from '../../shared/gateway/config/config.ts'
import { listModels } from '../../shared/gateway/list-models.ts'
import { serve } from '../../shared/http/server.ts'

const config = readCoreConfig(process.env)

serve(listModels(config), config.server)
