import { getUsage } from '../../shared/gateway/account/get-usage.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { serve } from '../../shared/http/server.ts'

const config = readConfig(process.env)

serve(getUsage(config), config.server)
