import { describe, expect, test } from '@jest/globals'
import type { FailureKind } from '../../../shared/protocol/errors.ts'
import type { Target } from '../../../shared/protocol/route.ts'
import { judgeFailure } from '../../../shared/providers/errors/judge-failure.ts'
import { targetAt } from '../../support/call-provider.ts'

const target = targetAt('https://models.example.com', { apiKey: 'aK9-3fGh77Zz_longkey' })

/** Judges a failure: its status, its body and, if needed, another route and the request. */
const judge = (status: number, body: unknown, { to = target, request = {} }: { to?: Target; request?: object } = {}) =>
  judgeFailure(
    { target: to, call: { body: { ...request } } },
    { status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) },
  )

const getMessage = (message: string): string => judge(400, { error: { message } }).message

test.each([
  ['key aK9-3fGh77Zz_longkey is bad', 'key [redacted] is bad'],
  ['key 3fGh77Zz_long is bad', 'key [redacted] is bad'],
  ['key sk-ab***********yz is bad', 'key [redacted] is bad'],
  ['in organization org-a1B2c3D4e5F6', 'in organization [redacted]'],
  ['account 100012345678 owes', 'account [redacted] owes'],
  ['see https://models.example.com/v1/x?k=1 now', 'see [redacted] now'],
  ['at models.example.com:443 or 10.0.0.7:80', 'at [redacted] or [redacted]'],
  ['to ops@example.com', 'to [redacted]'],
  ['Bearer abc.def', '[redacted]'],
  ['at fd00:0:0:1::2 port', 'at [redacted] port'],
  [
    "The model 'claude-sonnet-4-20250514' has no top_k: max is 32,768 tokens (you sent 40000).",
    "The model 'claude-sonnet-4-20250514' has no top_k: max is 32,768 tokens (you sent 40000).",
  ],
])('quotes the provider’s message %j as %j (R5)', (message, quoted) => {
  expect(getMessage(message)).toBe(quoted)
})

test.each([
  [{ detail: [{ loc: ['body', 'n'], msg: 'too many' }] }, 'body.n: too many'],
  [{ detail: [{ loc: [{ toString: 0 }, 'n'], msg: 'odd' }] }, 'n: odd'],
  [{ detail: [{ msg: { toString: 0 } }] }, 'The provider refused the request.'],
])('turns a list of findings such as %j into %j', (body, message) => {
  expect(judge(422, body).message).toBe(message)
})

test('quotes at most 500 characters of a provider (R5)', () => {
  expect(getMessage('many words '.repeat(1000)).length).toBe(500)
})

describe('the codes of vendors', () => {
  test.each([
    ['context_length_exceeded', 'context_length_exceeded'],
    [20012, '20012'],
    ['InvalidEndpointOrModel.NotFound', 'InvalidEndpointOrModel.NotFound'],
    ['request_too_large', 'request_too_large'],
  ])('are kept as strings: %j as %j', (code, kept) => {
    expect(judge(400, { error: { message: 'x', code } }).options.providerCode).toBe(kept)
  })

  test('are recognised by the host if the map names the provider openai', () => {
    const to = { ...target, apiBase: 'https://open.bigmodel.cn/api/paas/v4' }
    const body = { error: { code: '1113', message: '?' } }
    expect(judge(429, body, { to }).code).toBe('upstream_quota')
    expect(judge(429, body).code).toBe('rate_limit_exceeded')
  })

  test.each([
    ['zhipu', 1301, 'content'],
    ['zhipu', 1002, 'key'],
    ['zhipu', 1112, 'key'],
    ['zhipu', '1313', 'rate'],
    ['zai', '1120', 'overload'],
    ['zhipu', '1234', 'outage'],
    ['minimax', 1002, 'rate'],
    ['minimax', 1026, 'content'],
    ['qianfan', 18, 'rate'],
    ['spark', 10013, 'content'],
    ['spark', 10021, 'content'],
    ['spark', 10015, 'key'],
    ['spark', 10012, 'outage'],
    ['spark', 10005, 'request'],
    ['qwen', 'insufficient_quota', 'rate'],
    ['openai', 'insufficient_quota', 'quota'],
  ] as const)('mean what the vendor says: %s %s is %s', (provider, code, kind) => {
    expect(judge(400, { code, message: '?' }, { to: { ...target, provider } }).options.failure).toBe(kind)
  })
})

/** Errors of Qianfan's second API (cloud.baidu.com/doc/qianfan-api/s/rmwbl43x7). */
test.each([
  [400, 'tokens_too_long', 'invalid_request_error', 'Prompt tokens too long', 'context'],
  [400, 'characters_too_long', 'invalid_request_error', 'the max input characters is 8000', 'context'],
  [400, 'malformed_json', 'invalid_request_error', 'Invalid Argument', 'request'],
  [400, 'image_url_unsafe', 'unsafe_request', 'the content of image_url.url field is unsafe', 'content'],
  [401, 'no_parameter_permission', 'access_denied', 'no access', 'request'],
  [401, 'invalid_model', 'invalid_request_error', 'No permission to use the model', 'model'],
  [401, 'invalid_iam_token', 'invalid_request_error', 'IAM Certification failed', 'key'],
  [403, 'system_unsafe', 'unsafe_request', 'the content of system field is invalid', 'content'],
  [403, 'user_setting_unsafe', 'unsafe_request', 'the content of user field is invalid', 'content'],
  [403, 'account_overdue', 'access_denied', 'Access denied due to overdue account', 'quota'],
  [403, 'model_offline', 'access_denied', 'The model is offline', 'model'],
  [429, 'tpm_rate_limit_exceeded', 'rate_limit_exceeded', 'Rate limit reached for TPM', 'rate'],
  [429, 'user_rate_limit_exceeded', 'rate_limit_exceeded', 'qps request limit by APP ID reached', 'rate'],
  [429, 'Offline_batch_reasoning_refused', 'rate_limit_exceeded', 'Rate limit reached for offline batch', 'rate'],
  [500, 'dispatch_internal_error', 'Internal_error', 'Internal error', 'outage'],
] as const)('reads the error of Qianfan %s %s as its page explains it', (status, code, type, message, kind) => {
  const to = { ...target, provider: 'qianfan' }
  expect(judge(status, { error: { code, message, type }, id: 'as-1' }, { to }).options.failure).toBe(kind)
})

/** Messages as vendors send them, with the status that they arrive under, by the kind that they are. */
const messages: Readonly<Partial<Record<FailureKind, readonly (readonly [status: number, body: unknown])[]>>> = {
  quota: [
    [
      429,
      {
        error: {
          message: 'You exceeded your current quota, please check your plan and billing details.',
          type: 'insufficient_quota',
          code: 'insufficient_quota',
        },
      },
    ],
    [
      429,
      {
        error: {
          code: 'billing_not_active',
          message: 'Your account is not active, please check your billing details on our website.',
        },
      },
    ],
    [
      400,
      {
        error: {
          type: 'invalid_request_error',
          message:
            'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
        },
      },
    ],
    [
      402,
      { error: { message: 'Insufficient Balance', type: 'unknown_error', param: null, code: 'invalid_request_error' } },
    ],
    [
      200,
      { error: { message: 'Insufficient Balance', type: 'unknown_error', param: null, code: 'invalid_request_error' } },
    ],
    [
      400,
      { error: { message: 'Access denied, please make sure your account is in good standing.', code: 'Arrearage' } },
    ],
    [
      403,
      {
        error: {
          code: 'AccountOverdueError',
          message: 'The request failed because your account has an overdue balance.',
          type: 'Forbidden',
        },
      },
    ],
    [
      429,
      {
        error: {
          message: 'Your account org-xyz <ak-abc> is suspended, please check your plan and billing details',
          type: 'exceeded_current_quota_error',
        },
      },
    ],
    [
      403,
      {
        error: {
          message: 'You exceeded your current token quota: 120, please check your account balance',
          type: 'exceeded_current_quota_error',
        },
      },
    ],
    [403, { code: 30001, message: 'Sorry, your account balance is insufficient', data: null }],
    [200, { base_resp: { status_code: 1008, status_msg: 'insufficient balance' } }],
    [429, { code: 'EXCEED_TOKEN_QUOTA_LIMIT', message: 'token quota exceeded', requestId: 'x' }],
    [429, { error: { code: '1113', message: '您的账户已欠费，请充值后重试。' } }],
    [
      200,
      {
        Response: {
          Error: { Code: 'FailedOperation.ResourcePackExhausted', Message: '资源包余量已用尽' },
          RequestId: 'x',
        },
      },
    ],
    [
      403,
      { error: { code: 'insufficient_user_quota', message: '用户额度不足, 剩余额度: ¥0.01', type: 'new_api_error' } },
    ],
    [
      403,
      {
        code: 'The caller does not have permission to execute the specified operation',
        error: "Your newly created teams doesn't have any credits yet. You can purchase those on https://console.x.ai",
      },
    ],
    [
      412,
      {
        error: {
          message:
            'Account is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices',
        },
      },
    ],
    [
      402,
      {
        error: {
          code: 402,
          message:
            'This request requires more credits, or fewer max_tokens. You requested up to 32000 tokens, but can only afford 0. To increase, visit https://openrouter.ai/settings/keys',
        },
      },
    ],
    [402, { error: { code: 402, message: 'You requested up to 4096 tokens, but can only afford -31.' } }],
    [500, '余额不足'],
    [200, '"insufficient balance"'],
    [
      500,
      {
        detail:
          "Error code: 402 - {'error': {'message': 'Insufficient Balance', 'type': 'unknown_error', 'param': None, 'code': 'invalid_request_error'}}",
      },
    ],
    [429, { error: { message: 'Your prepayment credits are depleted.', code: 429, status: 'RESOURCE_EXHAUSTED' } }],
  ],
  unaffordable: [
    [
      402,
      {
        error: {
          code: 402,
          message:
            'This request requires more credits, or fewer max_tokens. You requested up to 4096 tokens, but can only afford 1000',
        },
      },
    ],
    [
      402,
      {
        error: {
          code: 402,
          message:
            'Prompt tokens limit exceeded: 230799 > 91442. To increase, visit https://openrouter.ai/settings/credits and upgrade to a paid account',
        },
      },
    ],
    [402, { error: { message: 'This request requires more credits.' } }],
    [
      403,
      {
        error: {
          code: 'insufficient_user_quota',
          message: '预扣费额度失败, 用户剩余额度: ¥0.056700, 需要预扣费额度: ¥0.069900',
          type: 'new_api_error',
        },
      },
    ],
    [
      403,
      {
        error: {
          code: 'pre_consume_token_quota_failed',
          message: 'token quota is not enough, token remain quota: ¥0.02, need quota: ¥0.07',
        },
      },
    ],
    [200, { error: { code: 402, message: 'You requested up to 900 tokens, but can only afford 77.' } }],
  ],
  rate: [
    [
      429,
      {
        error: {
          message:
            'Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000. Please try again in 6m0s.',
          type: 'tokens',
          code: 'rate_limit_exceeded',
        },
      },
    ],
    [
      429,
      [
        {
          error: {
            code: 429,
            message:
              'You exceeded your current quota, please check your plan and billing details. * Quota exceeded for metric: generate_content_free_tier_requests, limit: 10\nPlease retry in 39.5s.',
            status: 'RESOURCE_EXHAUSTED',
          },
        },
      ],
    ],
    [200, { error: { code: 429, message: 'Quota exceeded.', status: 'RESOURCE_EXHAUSTED' } }],
    [
      400,
      {
        error: {
          code: 'Throttling.AllocationQuota',
          message: 'Allocated quota exceeded, please increase your quota limit.',
        },
      },
    ],
    [
      403,
      {
        code: 50603,
        message: 'RPM limit exceeded. Please complete identity verification to lift the restriction.',
        data: null,
      },
    ],
    [500, { error: { code: '1302', message: '您当前使用该API的并发数过高，请降低并发，或联系客服增加限额。' } }],
    [200, { error_code: 18, error_msg: 'Open api qps request limit reached' }],
    [400, { code: 'EXCEED_CONCURRENT_REQUEST_LIMIT', message: 'exceed concurrent request limit', requestId: 'x' }],
    [200, { ErrorMsg: { Msg: '请求过于频繁，请稍后再试', Code: 2003 } }],
    [500, { msg: '当前请求量过大，请稍后再试' }],
    [200, { error: { message: '{"error":{"message":"该模型当前访问量过大，请您稍后再试"}}' } }],
    [
      429,
      {
        error: {
          message:
            'Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 20 seconds. Please go here: https://aka.ms/oai/quotaincrease',
        },
      },
    ],
    [200, { error: { message: '请 1 分钟后重试' } }],
    [200, { error: { message: 'Please try again in 20s.' } }],
    [429, 'Quota exceeded'],
  ],
  key: [
    [
      400,
      [
        {
          error: {
            code: 400,
            message: 'API key not valid. Please pass a valid API key.',
            status: 'INVALID_ARGUMENT',
            details: [{ reason: 'API_KEY_INVALID' }],
          },
        },
      ],
    ],
    [401, '"Invalid token"'],
    [200, { detail: 'Not authenticated' }],
    [200, { errcode: 40001, errmsg: 'invalid credential' }],
    [200, { base_resp: { status_code: 1004, status_msg: 'login fail: Please carry the API secret key' } }],
    [500, { error: { message: 'Authentication Fails (no such user)', type: 'authentication_error' } }],
    [
      200,
      {
        Response: {
          Error: { Code: 'AuthFailure.SignatureFailure', Message: 'The provided credentials could not be validated.' },
        },
      },
    ],
    [200, { error_code: 'APIG.0301', error_msg: 'Incorrect IAM authentication information' }],
    [
      400,
      {
        code: 'Client specified an invalid argument',
        error: 'Incorrect API key provided: xx***yy. You can obtain an API key from https://console.x.ai.',
      },
    ],
    [200, { error: { message: '无效的令牌 (request id: 2026)', type: 'new_api_error' } }],
    [400, { error: { code: '1121', message: '账户存在违规行为，已被锁定' } }],
    [403, { error: { message: 'The OpenAI account associated with this API key has been deactivated.' } }],
    [200, { error: { type: 'authorized_error', message: 'login fail', http_code: '401' } }],
  ],
  region: [
    [
      403,
      {
        error: {
          code: 'unsupported_country_region_territory',
          message: 'Country, region, or territory not supported',
          type: 'request_forbidden',
        },
      },
    ],
    [
      400,
      [
        {
          error: {
            code: 400,
            message: 'User location is not supported for the API use.',
            status: 'FAILED_PRECONDITION',
          },
        },
      ],
    ],
    [403, { message: '当前地区不支持访问该服务' }],
  ],
  overload: [
    [503, { error: { message: 'Please retry in 20s.' } }],
    [
      429,
      {
        error: {
          message: 'The engine is currently overloaded, please try again later',
          type: 'engine_overloaded_error',
        },
      },
    ],
    [
      429,
      {
        error: {
          code: 'ServerOverloaded',
          message: 'The service is currently unable to handle additional requests due to server overload.',
        },
      },
    ],
    [
      503,
      [{ error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' } }],
    ],
    [529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
    [500, 'Service is too busy. We advise users to temporarily switch to alternative LLM API service providers.'],
    [
      429,
      {
        object: 'error',
        message: 'Service tier capacity exceeded for this model.',
        type: 'service_tier_capacity_exceeded',
        code: '3505',
      },
    ],
    [200, { error: { message: '服务器繁忙，请稍后再试' } }],
    [503, { error: { message: '当前分组 default 下对于模型 x 无可用渠道', type: 'new_api_error' } }],
  ],
  content: [
    [
      400,
      {
        error: {
          message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
          code: 'content_filter',
          param: 'prompt',
          innererror: { code: 'ResponsibleAIPolicyViolation' },
        },
      },
    ],
    [
      400,
      {
        error: {
          message: 'Content Exists Risk',
          type: 'invalid_request_error',
          param: null,
          code: 'invalid_request_error',
        },
      },
    ],
    [
      400,
      { error: { message: 'The request was rejected because it was considered high risk', type: 'content_filter' } },
    ],
    [400, { error: { code: 'data_inspection_failed', message: 'Input data may contain inappropriate content.' } }],
    [
      400,
      {
        error: {
          code: 'SensitiveContentDetected',
          message: 'The request failed because the input text may contain sensitive information.',
        },
      },
    ],
    [
      400,
      {
        error: {
          code: '1301',
          message:
            '系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语，感谢您的配合。',
        },
      },
    ],
    [200, { base_resp: { status_code: 1026, status_msg: 'input new_sensitive' } }],
    [
      451,
      { error: { type: 'censorship_blocked', message: 'The content you provided or machine outputted is blocked.' } },
    ],
    [
      403,
      {
        error: {
          code: 403,
          message:
            'Your chosen model requires moderation and your input was flagged for "violence". No credits were charged.',
        },
      },
    ],
    [500, { error: { message: 'Output blocked by content filtering policy', type: 'invalid_request_error' } }],
    [
      403,
      {
        code: 'permission-denied',
        error: 'Content violates usage guidelines. Team: x, API key ID: y, Failed check: SAFETY_CHECK_TYPE_BIO',
      },
    ],
    [
      200,
      {
        Response: {
          Error: { Code: 'OperationDenied.TextIllegalDetected', Message: '文本包含违法违规信息，审核不通过' },
        },
      },
    ],
    [
      200,
      {
        header: { code: 10013 },
        error: { code: '10013', message: '输入内容审核不通过，涉嫌违规，请重新调整输入内容' },
      },
    ],
    [
      400,
      {
        error: {
          code: 'invalid_prompt',
          message: 'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
        },
      },
    ],
  ],
  context: [
    [
      400,
      {
        object: 'error',
        message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
        type: 'BadRequestError',
        code: 400,
      },
    ],
    [
      429,
      {
        error: {
          message:
            'Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 45000. The input or output tokens must be reduced in order to run successfully.',
          type: 'tokens',
          code: 'rate_limit_exceeded',
        },
      },
    ],
    [
      413,
      {
        error: {
          message:
            'Request too large for model `llama-3` in organization `org_1` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 7000, please reduce your message size and try again.',
          type: 'tokens',
          code: 'rate_limit_exceeded',
        },
      },
    ],
    [
      413,
      {
        error: {
          message: 'Request body too large for gpt-4o model. Max size: 8000 tokens.',
          code: 'tokens_limit_reached',
        },
      },
    ],
    [400, { error: { type: 'invalid_request_error', message: 'prompt is too long: 200251 tokens > 200000 maximum' } }],
    [
      400,
      [
        {
          error: {
            code: 400,
            message: 'The input token count (1204303) exceeds the maximum number of tokens allowed (1048575).',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
    ],
    [
      400,
      {
        error: {
          message: 'Invalid request: Your request exceeded model token limit: 8192',
          type: 'invalid_request_error',
        },
      },
    ],
    [
      400,
      {
        error: {
          code: 400,
          message: 'the request exceeds the available context size',
          type: 'exceed_context_size_error',
        },
      },
    ],
    [
      400,
      {
        error: {
          message: '<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]',
          code: 'invalid_parameter_error',
        },
      },
    ],
    [500, { error: { code: '1261', message: 'Prompt 超长' } }],
    [400, { message: '输入内容超过模型最大上下文长度限制' }],
    [400, "The input (5000 tokens) is longer than the model's context length (4096 tokens)."],
  ],
  model: [
    [
      404,
      {
        error: {
          message: 'The model `gpt-9` does not exist or you do not have access to it.',
          code: 'model_not_found',
        },
      },
    ],
    [400, { error: { message: 'Model Not Exist', type: 'invalid_request_error' } }],
    [403, { error: { message: 'Project does not have access to model gpt-3.5-turbo', code: 'model_not_found' } }],
    [404, { error: { message: 'model "nope" not found, try pulling it first', type: 'not_found_error' } }],
    [
      404,
      [
        {
          error: {
            code: 404,
            message: 'models/gemini-1.5-foo is not found for API version v1main',
            status: 'NOT_FOUND',
          },
        },
      ],
    ],
    [400, { error: { code: '1211', message: '模型不存在，请检查模型代码。' } }],
    [400, { code: 'AI_MODEL_NOT_FOUND', message: 'x', requestId: 'y' }],
  ],
  request: [
    [400, { error: { message: 'max_tokens is too large: 99999', type: 'invalid_request_error', param: 'max_tokens' } }],
    [400, '"max_tokens is too large: 99999"'],
    [400, 'max_tokens is too large: 99999'],
    [422, { detail: [{ loc: ['body', 'quota'], msg: 'Extra inputs are not permitted', type: 'extra_forbidden' }] }],
    [200, { error: { code: '1210', message: 'API 调用参数有误，请检查文档。' } }],
    [400, { error: { message: 'Model names are case-sensitive.' } }],
    [400, { error: { message: '模型名称大小写敏感' } }],
    [400, { error: { message: "This model does not support the parameter 'stream_options'." } }],
    [413, { error: { type: 'request_too_large', message: 'Request exceeds the maximum size' } }],
    [400, { error: { message: 'frequency_penalty 频率惩罚参数应在 -2 到 2 之间' } }],
    [400, {}],
    [404, { error: { message: 'no' } }],
    [409, ''],
    [413, '<html><body>nginx 413</body></html>'],
    [
      500,
      { error: { message: "messages with role 'tool' must be a response to a preceding message with 'tool_calls'." } },
    ],
    [500, { error: { message: 'Conversation roles must alternate user/assistant/user/assistant/...' } }],
    [
      500,
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.",
    ],
    [502, { error: { message: 'The parameter top_p must be less than 1', type: 'server_error' } }],
    [500, { error: { message: 'tool 消息必须紧跟在 tool_calls 之后' } }],
    [400, { error: { message: 'The request holds the sensitive parameter token' } }],
    [400, { error: { message: 'Sensitive header in the request' } }],
    [400, { error: { message: '请求中含有敏感参数 token' } }],
  ],
  timeout: [
    [504, ''],
    [408, { error: { message: 'x' } }],
    [200, { error: { code: 'RequestTimeOut', message: 'Request timed out, please try again later.' } }],
    [500, { error: { message: '请求超时' } }],
  ],
  outage: [
    [500, { error: { message: 'Internal server error', type: 'server_error' } }],
    [200, { error: { message: 'boom', code: 'x' } }],
    [500, { error: { message: 'The messages could not be processed. You should retry your request.' } }],
    [500, { error: { message: 'The tool server crashed and must be restarted' } }],
    [502, '<html>502 Bad Gateway</html>'],
    [200, { error: { message: '系统内部错误' } }],
    [307, ''],
  ],
}

const samples = Object.entries(messages).flatMap(([kind, rows]) =>
  rows.map(([status, body]) => ({ kind, status, body })),
)

describe('a failure', () => {
  test.each(samples)('is judged as $kind by what it says: $status $body', ({ kind, status, body }) => {
    expect(judge(status, body).options.failure).toBe(kind)
  })

  test.each([
    ['quota', 503, 'upstream_quota', undefined],
    ['unaffordable', 503, 'upstream_quota', undefined],
    ['key', 502, 'upstream_auth', undefined],
    ['region', 502, 'upstream_error', undefined],
    ['overload', 503, 'upstream_error', undefined],
    ['content', 400, 'content_policy_violation', 'content_policy_violation'],
    ['timeout', 504, 'upstream_timeout', undefined],
  ] as const)('of the kind %s becomes %i %s whatever its status', (kind, status, code, shown) => {
    for (const [sent, body] of messages[kind] ?? []) {
      expect(judge(sent, body)).toMatchObject({ status, code })
      expect(judge(sent, body).options.providerCode).toBe(shown)
    }
  })

  test('has the provider’s words if it refuses content, and none if it is about the gateway', () => {
    expect(judge(400, { error: { message: 'Content Exists Risk' } }).message).toBe('Content Exists Risk')
    expect(judge(400, { error: { message: '余额不足 sk-123' } }).message).toMatch(/^The gateway's account/)
  })

  test('about a long request has the code that clients know, and keeps 413', () => {
    const context = judge(413, { error: { message: 'Request body too large. Max size: 8000 tokens.' } })
    expect([context.status, context.options.providerCode]).toEqual([413, 'context_length_exceeded'])
    expect(judge(500, 'prompt is too long: 9 tokens > 8 maximum').status).toBe(400)
  })

  test.each([
    [{ insufficient_quota: 1 }, 'Unrecognized request argument supplied: insufficient_quota'],
    [{ tools: [{ function: { name: 'overloaded' } }] }, 'Unknown function overloaded'],
    [{}, "Invalid value: '余额不足'. Supported values are: 'none', 'auto'."],
    [{}, 'Invalid value: “rate limit”.'],
  ])('is not judged by words of the client: %j', (request, message) => {
    expect(judge(400, { error: { message } }, { request }).options.failure).toBe('request')
  })

  test.each([
    [{ error: null }, 'The provider refused the request.'],
    [{ error: '' }, 'The provider refused the request.'],
    [{ message: 'top_p must be below 1' }, 'top_p must be below 1'],
    [{ msg: 'top_p must be below 1' }, 'top_p must be below 1'],
    [{ error_msg: 'top_p must be below 1', error_code: 1 }, 'top_p must be below 1'],
    [{ errors: ['top_p must be below 1', 'n must be 1'] }, 'top_p must be below 1; n must be 1'],
    [{ errors: [{ message: 'top_p must be below 1' }] }, 'top_p must be below 1'],
    [{ error: { error: { message: 'top_p must be below 1' } } }, 'top_p must be below 1'],
    [{ error: { message: '{"error":{"message":"top_p must be below 1"}}' } }, 'top_p must be below 1'],
    [{ detail: 'top_p must be below 1' }, 'top_p must be below 1'],
    [{ detail: { message: 'top_p must be below 1' } }, 'top_p must be below 1'],
    ['event: error\ndata: {"error":{"message":"top_p must be below 1"}}\n\n', 'top_p must be below 1'],
    ['  top_p   must be\n below 1 ', 'top_p must be below 1'],
    ['<!doctype html><title>Bad</title>', 'The provider refused the request.'],
    [Buffer.from([0x1f, 0x8b, 0xff, 0xfe]).toString(), 'The provider refused the request.'],
  ])('in the form %j has the message %j', (body, message) => {
    expect(judge(400, body).message).toBe(message)
  })

  test('quotes the error that a router got from its own provider', () => {
    const raw = '{"error":{"message":"Insufficient Balance"}}'
    expect(judge(400, { error: { message: 'Provider returned error', code: 400, metadata: { raw } } }).code).toBe(
      'upstream_quota',
    )
  })

  test.each([
    ['retryDelay in the body', { error: { message: 'x', details: [{ retryDelay: '39.5s' }] } }, '40'],
    ['English words', { error: { message: 'Please retry after 20 seconds.' } }, '20'],
    ['Chinese words', { error: { message: '请 1 分钟后重试' } }, '60'],
    ['nothing', { error: { message: 'slow' } }, undefined],
  ])('that asks to wait by %s has that as retry-after', (_name, body, seconds) => {
    expect(judge(429, body).options.headers?.['retry-after']).toBe(seconds)
  })
})

test.each([
  ['rate_limit_error', 'rate'],
  ['RateLimitError', 'rate'],
  ['ratelimit', 'rate'],
  ['generate_error', 'outage'],
  ['authentication_error', 'key'],
  ['UNAUTHENTICATED', 'key'],
  ['Unauthorized', 'key'],
  ['author_missing', 'outage'],
  ['load_balancer_error', 'outage'],
  ['insufficient_balance', 'quota'],
  ['insufficient_quota', 'quota'],
  ['PermissionDenied', 'key'],
  ['permission_error', 'key'],
  ['overloaded_error', 'overload'],
  ['NotFoundError', 'model'],
  ['model_not_found', 'model'],
  ['InvalidRequestError', 'request'],
  ['context_length_exceeded', 'context'],
  ['content_filter', 'content'],
])('judges an in-band error of the type %s as %s', (type, kind) => {
  expect(judge(200, { error: { message: 'x', type } }).options.failure).toBe(kind)
})
