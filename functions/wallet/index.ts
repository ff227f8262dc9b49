import { serveWallet } from '../../shared/gateway/account/serve-wallet.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { serve } from '../../shared/http/server.ts'

const config = readConfig(process.env)

serve(serveWallet(config), config.server)
