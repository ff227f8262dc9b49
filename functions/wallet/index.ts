import { readConfig } from '../../shared/gateway/config/config.ts'
import { serveWallet } from '../../shared/gateway/serve-wallet.ts'
import { serve } from '../../shared/http/server.ts'

const config = readConfig(process.env)

serve(serveWallet(config), config.server)
