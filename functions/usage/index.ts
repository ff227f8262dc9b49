import { readConfig } from '../../shared/gateway/config/config.ts'
import { getUsage } from '../../shared/gateway/get-usage.ts'
import { serve } from '../../shared/http/server.ts'

const config = readConfig(process.env)

serve(getUsage(config), config.server)
