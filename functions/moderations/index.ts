import { readConfig } from '../../shared/gateway/config/config.ts'
import { serveModerations } from '../../shared/gateway/serve-moderations.ts'
import { serve } from '../../shared/http/server.ts'

const config = readConfig(process.env)

serve(serveModerations(config), config.server)
