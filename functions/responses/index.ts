import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveResponses } from '../../shared/gateway/relay/serve-responses.ts'
import { serve } from '../../shared/http/server.ts'
import { responses } from '../../shared/wires/responses/responses.ts'

const config = readConfig(process.env)

serve(relay('responses', config, serveResponses(responses, config)), config.server)
