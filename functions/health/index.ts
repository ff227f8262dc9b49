import { health } from '../../shared/gateway/health.ts'
import { lateEdge } from '../../shared/gateway/late-edge.ts'
import { serve } from '../../shared/http/server.ts'

const edge = lateEdge(process.env)

serve(health(edge, process.env), edge)
