import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveChatWire } from '../../shared/gateway/relay/serve-chat-wire.ts'
import { serveMessages } from '../../shared/gateway/relay/serve-messages.ts'
import { serve } from '../../shared/http/server.ts'
import { messages } from '../../shared/wires/messages/messages.ts'

const config = readConfig(process.env)

serve(serveMessages(config, messages, relay('messages', config, serveChatWire(messages))), config.server)
