import { getKnownProvider } from '../../protocol/provider-presets.ts'
import type { Target } from '../../protocol/route.ts'

/** How a provider's request for a ranking differs from Jina's. */
export interface RerankDialect {
  /** The path below the base URL. */
  readonly path: string
  /** The base URL at the target's own host, if it is not the one of chat. */
  readonly getBase?: (apiBase: string) => string
  /** The field for an instruction to the model. */
  readonly instructionField: 'instruction' | 'instruct'
}

/** Jina's wire (Jina AI, "Reranker API"), which SiliconFlow, Zhipu and vLLM share. */
const jina: RerankDialect = { path: '/rerank', instructionField: 'instruction' }

/** The path of DashScope's OpenAI-compatible chat, at its own hosts and at those of workspaces. */
const chatPath = /\/compatible-mode\/v1\/?$/

/** Alibaba Cloud Model Studio, "Text reranking", compatible API. */
const dashScope: RerankDialect = {
  path: '/reranks',
  getBase: (apiBase) => apiBase.replace(chatPath, '/compatible-api/v1'),
  instructionField: 'instruct',
}

/** Returns the dialect of a target. DashScope is known by its path too, because workspaces have hosts of their own. */
export const getRerankDialect = (target: Target): RerankDialect => {
  const provider = getKnownProvider(target)
  const isDashScope = provider === 'qwen' || provider === 'dashscope' || chatPath.test(target.apiBase)
  return isDashScope ? dashScope : jina
}
