import { createTicket, ticketSeconds } from '../../auth/ticket.ts'
import { createEventFunction, type EventFunction } from '../../http/event-function.ts'
import { GatewayError } from '../../protocol/errors.ts'
import type { TicketConfig } from '../config/ticket-config.ts'
import type { Variables } from '../config/variables/variable.ts'
import { findWechatUser } from './wechat-user.ts'

/** The reply to a mini program. */
export interface TicketReply {
  readonly ok: true
  /** To be sent as `X-Gateway-Token`, or as a bearer token. */
  readonly token: string
  /** Seconds for which the token is valid. */
  readonly expires_in: number
}

/** Gives the user of a mini program a ticket: a token of a few minutes for all endpoints of the gateway. The mini program
 *  calls this function with `wx.cloud.callFunction`, and the platform states who its user is.
 *  @param environment the live one, because the platform may write a caller's identity into it with each call
 *  @throws permission_denied (403) if the caller is no user of a mini program, gateway_misconfigured (503) */
export const issueTickets = ({ server, keys }: TicketConfig, environment: Variables): EventFunction =>
  createEventFunction(async (event, context): Promise<TicketReply> => {
    if (keys.secrets.length === 0 || keys.envId === '') throw ticketsMisconfiguredError()
    const user = findWechatUser({ event, context, environment })
    if (user === undefined) throw noUserError()
    return { ok: true, token: createTicket(user, keys, Date.now()), expires_in: ticketSeconds }
  }, server)

const ticketsMisconfiguredError = (): GatewayError =>
  new GatewayError(
    503,
    'gateway_misconfigured',
    'Tickets need TICKET_SECRET, with 32 bytes or more, and CLOUDBASE_ENV_ID. Set them and deploy again.',
  )

const noUserError = (): GatewayError =>
  new GatewayError(
    403,
    'permission_denied',
    "Only a mini program's user gets a ticket. Call this function with wx.cloud.callFunction in the mini program.",
  )
