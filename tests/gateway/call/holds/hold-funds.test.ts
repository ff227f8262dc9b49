import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { AdmitRequest, HoldCall, UsedAmounts } from '../../../../shared/gateway/call/holds/hold.ts'
import { holdBoth } from '../../../../shared/gateway/call/holds/hold-funds.ts'
import { parseCall } from '../../../../shared/protocol/call.ts'
import { routeTo } from '../../../support/call-provider.ts'

const body = Buffer.from('{"model":"m","messages":[{"role":"user","content":"hi"}]}')
const request: AdmitRequest = {
  ...{ user: { id: 'u1', kind: 'user', groups: [] }, weight: 1, requestId: 'r', headers: {}, body },
  ...{ call: parseCall('chat/completions', body), route: routeTo('http://127.0.0.1') },
}
const bounded = { ...request.call, body: { ...request.call.body, max_tokens: 5 } }

/** A holder that notes what it is asked, and what it gets back. */
const createHolder = (name: string, asked: string[], answer: () => Promise<void> = () => Promise.resolve()) => {
  const settled: UsedAmounts[] = []
  const hold: HoldCall = async ({ call }) => {
    asked.push(name)
    await answer()
    const points = name === 'wallet' ? 7 : undefined
    const settle = async (used: UsedAmounts) => {
      settled.push(used)
      return points === undefined ? undefined : { charged: used.points, balance: 1 }
    }
    return { call: name === 'wallet' ? bounded : call, hold: { points, settle } }
  }
  return { hold, settled }
}

const refuse =
  (name: string, waitMs = 0) =>
  async (): Promise<void> => {
    if (waitMs > 0) await sleep(waitMs)
    throw new Error(`${name} refuses`)
  }

describe('quotas and a wallet', () => {
  test('are asked at the same time, and settled at the same time (R92) (R96)', async () => {
    const asked: string[] = []
    const isWalletAsked = async () => {
      while (!asked.includes('wallet')) await sleep(1)
    }
    const quotas = createHolder('quotas', asked, isWalletAsked)
    const wallet = createHolder('wallet', asked)
    const { call, hold } = await holdBoth(quotas.hold, wallet.hold)(request)
    expect([asked, call, hold?.points]).toEqual([['quotas', 'wallet'], bounded, 7])
    const used = { points: 3, tokens: 9, outcome: 'complete' }
    expect(await hold?.settle(used)).toEqual({ charged: 3, balance: 1 })
    expect([quotas.settled, wallet.settled]).toEqual([[used], [used]])
  })

  test('give back what they hold if the other one refuses', async () => {
    const asked: string[] = []
    const full = createHolder('quotas', asked, refuse('quotas', 20))
    const wallet = createHolder('wallet', asked)
    await expect(holdBoth(full.hold, wallet.hold)(request)).rejects.toThrow('quotas refuses')
    const quotas = createHolder('quotas', asked)
    const empty = createHolder('wallet', asked, refuse('wallet'))
    await expect(holdBoth(quotas.hold, empty.hold)(request)).rejects.toThrow('wallet refuses')
    const nothing = { points: 0, tokens: 0 }
    expect([wallet.settled, quotas.settled]).toEqual([[nothing], [nothing]])
  })

  test('leave the wallet alone if the quotas know that they are full', async () => {
    const asked: string[] = []
    const full = createHolder('quotas', asked, refuse('quotas'))
    await expect(holdBoth(full.hold, createHolder('wallet', asked).hold)(request)).rejects.toThrow('quotas refuses')
    expect(asked).toEqual(['quotas'])
  })

  test('refuse with the reason of the quotas if both refuse', async () => {
    const full = createHolder('quotas', [], refuse('quotas', 20))
    const empty = createHolder('wallet', [], refuse('wallet'))
    await expect(holdBoth(full.hold, empty.hold)(request)).rejects.toThrow('quotas refuses')
  })
})
