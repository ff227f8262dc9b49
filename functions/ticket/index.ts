import { readTicketConfig } from '../../shared/gateway/config/ticket-config.ts'
import { issueTickets } from '../../shared/gateway/issue-tickets.ts'

/** Gives the users of a mini program their tickets. `wx.cloud.callFunction` calls it. */
export const main = issueTickets(readTicketConfig(process.env), process.env)
