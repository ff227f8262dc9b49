import { serveKeys } from '../../shared/gateway/account/serve-keys.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { serve } from '../../shared/http/server.ts'

const config = readConfig(process.env)

serve(serveKeys(config), config.server)
