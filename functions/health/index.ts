import { lazyServerConfig } from '../../shared/gateway/config/lazy-server-config.ts'
import { health } from '../../shared/gateway/health.ts'
import { serve } from '../../shared/http/server.ts'

const server = lazyServerConfig(process.env)

serve(health(server, process.env), server)
