import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveWire } from '../../shared/gateway/relay/serve-wire.ts'
import { serve } from '../../shared/http/server.ts'
import { embeddings } from '../../shared/wires/embeddings/embeddings.ts'

const config = readConfig(process.env)

serve(relay('embeddings', config, serveWire(embeddings)), config.server)
