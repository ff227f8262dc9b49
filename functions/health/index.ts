import { edgeFromEnvironment } from '../../shared/gateway/edge.ts'
import { health } from '../../shared/gateway/health.ts'
import { serve } from '../../shared/http/server.ts'

const edge = edgeFromEnvironment(process.env)

serve(health(edge, process.env), edge)
