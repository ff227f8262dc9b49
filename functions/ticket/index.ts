import { issueTickets } from '../../shared/gateway/account/issue-tickets.ts'
import { readTicketConfig } from '../../shared/gateway/config/ticket-config.ts'

/** Gives the users of a mini program their tickets. `wx.cloud.callFunction` calls it. */
export const main = issueTickets(readTicketConfig(process.env), process.env)
