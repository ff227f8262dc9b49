/**
 * Grants points when an order is paid, and takes them back when it is refunded. For the hooks of the cloud function that CloudBase's Integration Center makes for WeChat Pay
 * (`services/orderService.js`), and for the delivery push of virtual payment (虚拟支付).
 *
 * Environment: GATEWAY_URL (such as https://<domain>), GATEWAY_ADMIN_KEY.
 *
 * Grant only for a payment that you know is true. A callback of WeChat Pay is signed: verify the signature. A delivery push reaches a cloud function as an event, and users of the mini program
 * can call that function with an event of their own: ask WeChat for the order (`query_order`) first.
 *
 * Payment systems repeat a callback some 15 times and wait 5 s for its reply, so this may run as often as it likes:
 * the order number is the key of the grant, and a repeat changes nothing.
 */

/** What you sell, by the id in your orders: the price in fen, and the points. */
const packages = {
  'points-1000': { fen: 990, points: 1000 },
  'points-5000': { fen: 3990, points: 5000 },
}

const post = async (path, body) => {
  const response = await fetch(process.env.GATEWAY_URL + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-gateway-key': process.env.GATEWAY_ADMIN_KEY },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(4000),
  })
  const reply = await response.json()
  // Any error makes the payment system repeat the callback, which is right: nothing is granted twice.
  if (!response.ok) throw new Error(`The wallet replied ${response.status}: ${reply.message}`)
  return reply
}

/**
 * Call it when an order is paid.
 * @param order your own order, found by the number in the callback: never take user, package or price from the callback
 * @param paidFen what was paid, from the callback
 */
exports.grantOrder = ({ outTradeNo, userId, packageId }, paidFen) => {
  const sold = Object.hasOwn(packages, packageId) && packages[packageId]
  if (!sold || sold.fen !== paidFen)
    throw new Error(`Order ${outTradeNo} was paid with ${paidFen} fen, which is not its price.`)
  return post('/admin/wallet/grant', { user_id: userId, points: sold.points, key: outTradeNo, reason: packageId })
}

/** Call it when an order is refunded. `spent` in the reply says how many points it could not take back. */
exports.revokeOrder = ({ outTradeNo }) => post('/admin/wallet/revoke', { key: outTradeNo })
