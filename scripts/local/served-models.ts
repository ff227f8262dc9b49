const TIMEOUT_MS = 5_000

/** Returns the ids that `GET /v1/models` of a gateway lists. Returns undefined if the gateway refuses, such as with
 *  neither token nor admin key. */
export const fetchModelNames = async (gatewayUrl: string, adminKey?: string): Promise<string[] | undefined> => {
  try {
    const headers = adminKey ? { 'x-gateway-key': adminKey } : undefined
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await fetch(`${gatewayUrl}/v1/models`, { signal, ...(headers && { headers }) })
    if (!response.ok) return undefined
    const { data } = (await response.json()) as { data: { id: string }[] }
    return data.map(({ id }) => id)
  } catch {
    return undefined
  }
}
