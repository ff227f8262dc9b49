/** Makes a call with a bound on its tokens, so that it costs little. If the model lets callers set none (`allowed_params`), the call
 *  is made without; its own bound holds then. */
export const withTokenBound = async <Reply>(
  maxTokens: number,
  call: (bound: { readonly max_tokens?: number }) => Promise<Reply>,
): Promise<Reply> => {
  try {
    return await call({ max_tokens: maxTokens })
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'unsupported_parameter') throw error
    return call({})
  }
}
