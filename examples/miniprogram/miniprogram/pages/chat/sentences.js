/** Sentences for the codes of errors. 错误码对应的提示。 */
var sentences = {
  INSUFFICIENT_QUOTA: '积分不足，请充值后再试。',
  QUOTA_EXCEEDED: '额度已用完，请稍后再试。',
  RATE_LIMIT_EXCEEDED: '请求太频繁，请稍等片刻再试。',
  CONTENT_POLICY_VIOLATION: '这个问题无法回答，请换个说法。',
  CONTEXT_LENGTH_EXCEEDED: '对话太长了，请开始新的对话。',
  PERMISSION_DENIED: '当前账号不能使用此功能。',
  STREAM_CUT: '回答中断了，请重试。',
  NETWORK: '网络不可用，请检查后重试。'
}

/** Returns what a user is told about an error of the client. */
function describeError(error) {
  return sentences[error.code] || '暂时无法回答，请稍后再试。'
}

module.exports = { describeError: describeError }
