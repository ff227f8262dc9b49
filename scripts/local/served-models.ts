const TIMEOUT_MS = 5_000

/** The ids that `GET /v1/models` of a gateway lists; undefined where it does not tell, as without a token. */
export const servedModels = async (gatewayUrl: string): Promise<string[] | undefined> => {
  try {
    const response = await fetch(`${gatewayUrl}/v1/models`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (!response.ok) return undefined
    const { data } = (await response.json()) as { data: { id: string }[] }
    return data.map(({ id }) => id)
  } catch {
    return undefined
  }
}
