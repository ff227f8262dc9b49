import OpenAI from 'openai'
import { getAccessDomain } from '../../routes/access-service.ts'
import { withTokenBound } from '../../smoke/with-token-bound.ts'
import type { Examination } from './examination.ts'
import { type Finding, fail, pass } from './finding.ts'

/** Calls each model once. This costs a few tokens, so it runs on request only. */
export const examineModels: Examination = {
  subject: 'live calls',
  examine: async ({ cloud, variables }) => {
    const adminKey = variables['GATEWAY_ADMIN_KEY']
    if (!adminKey)
      return [fail('live calls', 'need the admin key', 'Set GATEWAY_ADMIN_KEY in .env, then run npm run deploy.')]
    const { domain } = await getAccessDomain(cloud, variables)
    const client = new OpenAI({
      baseURL: `https://${domain}/v1`,
      apiKey: 'none',
      defaultHeaders: { 'x-gateway-key': adminKey, authorization: null },
      maxRetries: 0,
    })
    const findings: Finding[] = []
    for await (const { id } of client.models.list()) findings.push(await callModel(client, id))
    return findings
  },
}

const callModel = async (client: OpenAI, model: string): Promise<Finding> => {
  const startedAt = performance.now()
  try {
    const messages = [{ role: 'user' as const, content: 'Say 1.' }]
    const answer = await withTokenBound(8, (bound) => client.chat.completions.create({ model, messages, ...bound }))
    const tokens = answer.usage?.total_tokens
    return pass(model, `answers in ${Math.round(performance.now() - startedAt)} ms, ${tokens ?? 'unknown'} tokens`)
  } catch (error) {
    const { status, code } = error as { status?: number; code?: string }
    return fail(
      model,
      `answers ${status ?? 'nothing'} ${code ?? ''}`.trim(),
      'Check its api_base and its key in model_map.json, and the provider’s balance.',
    )
  }
}
