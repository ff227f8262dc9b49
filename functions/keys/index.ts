import { readConfig } from '../../shared/gateway/config/config.ts'
import { serveKeys } from '../../shared/gateway/serve-keys.ts'
import { serve } from '../../shared/http/server.ts'

const config = readConfig(process.env)

serve(serveKeys(config), config.server)
