import { configFromEnvironment } from '../../shared/gateway/config.ts'
import { listModels } from '../../shared/gateway/list-models.ts'
import { serve } from '../../shared/http/server.ts'

const config = configFromEnvironment(process.env)

serve(listModels(config), config.edge)
