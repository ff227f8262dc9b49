import { configFromEnvironment } from '../../shared/gateway/config/config.ts'
import { listUsage } from '../../shared/gateway/get-usage.ts'
import { serve } from '../../shared/http/server.ts'

const config = configFromEnvironment(process.env)

serve(listUsage(config), config.edge)
