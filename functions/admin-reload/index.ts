import { readCoreConfig } from '../../shared/gateway/config/config.ts'
import { reload } from '../../shared/gateway/reload.ts'
import { serve } from '../../shared/http/server.ts'

const config = readCoreConfig(process.env)

serve(reload(config), config.server)
