import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveWire } from '../../shared/gateway/relay/serve-wire.ts'
import { serve } from '../../shared/http/server.ts'
import { rerank } from '../../shared/wires/rerank/rerank.ts'

const config = readConfig(process.env)

serve(relay('rerank', config, serveWire(rerank)), config.server)
