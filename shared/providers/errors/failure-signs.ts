import type { FailureKind } from '../../protocol/errors.ts'
import type { PresetName } from '../../protocol/provider-presets.ts'
import { vendorCodes } from './vendor-codes.ts'

/** One way in which a failure shows its kind. It shows it if one of the members below matches. A comment beside each names the
 *  source of its words, codes or statuses: a page, or the vendors whose error references have them. */
export interface FailureSign {
  readonly kind: FailureKind
  /** Matches the words of the message, or a code or type: in lower case, split into words, without apostrophes. */
  readonly words?: RegExp
  /** Codes that are no words. They count for these providers only, because others give them another meaning. */
  readonly codes?: readonly string[]
  readonly providers?: readonly PresetName[]
  /** HTTP statuses, which may also be sent as a code. */
  readonly statuses?: readonly number[]
}

/** The signs that are codes. They are exact, so they come before all words. */
const codeSigns: readonly FailureSign[] = vendorCodes.flatMap(({ kinds, ...vendor }) =>
  Object.entries(kinds).map(([kind, codes]) => ({ kind: kind as FailureKind, codes: codes.split(' '), ...vendor })),
)

/** A request that is above what a minute may have: waiting does not help it, and other requests still pass. */
const tooLargeSign: FailureSign = {
  kind: 'context',
  words: /\brequest too large for\b|(?:input|output) tokens must be reduced|reduce your message size/,
  // OpenAI, Groq: a single request above the tokens per minute
}

/** A request that costs more than the account has left: smaller ones still pass. If it has nothing left, it is a debt. */
const unaffordableSign: FailureSign = {
  kind: 'unaffordable',
  words:
    /can only afford [1-9]|requires more credits\b(?!.*can only afford)|prompt tokens limit exceeded: \d+ > [1-9][^\n]*to increase|预扣费(?:额度)?失败|token quota is not enough, token remain quota/,
  // OpenRouter 402; new-api `insufficient_user_quota` and `pre_consume_token_quota_failed`
}

/** Words, the plainest first: "insufficient balance" beats "rate limit", which beats "quota". */
const wordSigns: readonly FailureSign[] = [
  {
    kind: 'quota',
    words:
      /insufficient (?:account |user |your )?(?:balance|credit|fund|quota)|\b(?:balance|credits?|quota|funds)\b[^.。\n]{0,30}\b(?:insufficient|not enough|too low|deplet|exhaust|used up|run out|ran out|negative)|(?:out of|no|not enough|any|all available|more) credits\b(?! were)|credits? (?:balance|limit|exceed|requir)|can only afford|\barrear|\boverdue\b|payment required|\bunpaid\b|past due|past invoices|good standing|spend(?:ing)? limit|billing (?:hard limit|error|not active)|account is not active|top up\b|\brecharge|free (?:tier|quota|trial)[^.。\n]{0,40}(?:exhaust|used up|expired)|pack(?:age)?s? exhaust|(?:exceed\w*|current) (?:current |your |daily |monthly )?token quota|exceeded current quota|consume token quota|set limit exceeded|inference limit/,
    // OpenAI, Anthropic, DeepSeek, Moonshot, Volcengine, Tencent, xAI, OpenRouter, CloudBase: error references
  },
  {
    kind: 'quota',
    words:
      /欠费|余额(?:已)?(?:不足|不够|用尽|用完|耗尽|为零|为 ?0)|(?:额度|点数|积分|资源包|资源点|流量包|套餐)[^，。,;\n]{0,10}(?:不足|用尽|用完|耗尽|到期|过期)|充值|续费|停服/,
    // Zhipu, Tencent, Baidu, new-api: Chinese messages
  },
  {
    kind: 'rate',
    words:
      /\b(?:rate|qps|rpm|tpm|rpd|tpd|burst|frequency)s? ?(?:is |are |quota )?(?:limit|quota|exceed|reach)|requests? (?:rate |quota )?limit|limit (?:requests|burst)|too many (?:requests|concurrent|connections)|too many tokens, please wait|(?:requests?|tokens?|calls?) (?:per|a|\/) ?(?:second|minute|min|hour|day)|throttl|concurren\w+[^.。\n]{0,40}(?:limit|exceed|reach|too|max)|(?:exceed|limit|max)\w*[^.。\n]{0,40}concurren|allocated quota|resource (?:has been )?exhausted|slow down|burst too fast/,
    // OpenAI, Azure, Google, Groq, DashScope, Volcengine, CloudBase: error references
  },
  {
    kind: 'rate',
    words:
      /限流|限速|频率(?!惩罚)|频繁|并发|请求(?:数|量|次数)?(?:过多|过快|太多|太快|超(?!时))|(?:请求|访问)量[过太]大|调用次数|使用上限|流控|每(?:分钟|秒)/,
    // Zhipu, Tencent, Spark: Chinese messages
  },
  {
    kind: 'region',
    words:
      /(?:country|countries|region|territor\w+|location)\b[^.。\n]{0,50}(?:not (?:supported|available|allowed)|unsupported|unavailable|restricted)|(?:unsupported|restricted|not (?:supported|available|allowed) in (?:your|this|the))[^.。\n]{0,20}(?:country|region|location|territory)|(?:地区|区域|国家|所在地)[^，。,\n]{0,10}(?:不支持|不可用|不在|受限|限制|禁止|未开放)|不支持[^，。,\n]{0,10}(?:地区|区域|国家)/,
    // OpenAI `unsupported_country_region_territory`; Google "User location is not supported for the API use."
  },
  {
    kind: 'key',
    words:
      /\baccount\b[^.。\n]{0,40}(?:deactivat|disabled|banned|terminated|locked|frozen|deleted|violat|suspended for)|(?:账号|账户|帐号|帐户)[^，。,\n]{0,10}(?:封禁|停用|冻结|锁定|禁用|违规|违反|注销|不存在|异常)/,
    // OpenAI `account_deactivated`; Zhipu 1121
  },
  {
    kind: 'content',
    words:
      /content (?:filter|polic|management|moderation|safety|security|inspection|exists risk|risk)|data inspection|responsible ai|safety (?:system|filter|check|polic|guideline|violation)|(?:for|due to) safety|\bmoderation\b|\bflagged\b|censor|(?:usage|use|safety|community) (?:polic|guideline)|policy violation|violat\w+[^.。\n]{0,40}(?:polic|guideline|terms of)|(?:inappropriate|harmful|unsafe|objectionable|offensive|(?<!case )\bsensitive(?! (?:\w+ )?(?:param|field|header|key|token|credential|argument|variable|setting))|illegal|prohibited|high risk) (?:or \w+ )?(?:content|information|word|text|material|topic|image)|\b(?:content|contents|information|prompt|input|output|text|image|response|answer|messages?|request)\b[^.。\n]{0,60}(?:inappropriate|harmful|unsafe|(?<!case )\bsensitive(?! (?:\w+ )?(?:param|field|header|key|token|credential|argument|variable|setting))|high risk)|\b(?:content|prompt|input|output|image|text|answer|response)\b[^.。\n]{0,30}\b(?:was|were|is|has been|been) (?:blocked|filtered|rejected)|illegal detected|infringement|prohibited content|high risk/,
    // OpenAI, Azure, DeepSeek, Moonshot, DashScope, Volcengine, xAI, StepFun: error references
  },
  {
    kind: 'content',
    words:
      /(?<!大小写)敏感(?!的?(?:参数|字段|请求头|变量|配置|密钥))|违规|违法|涉政|涉黄|色情|不合规|不良信息|(?:内容|文本|输入|输出|图片|提示词|prompt)[^，。,\n]{0,12}(?:审核|不安全|风险|违反|拦截|屏蔽)|审核[^，。,\n]{0,8}(?:不通过|未通过|失败|拒绝)|安全(?:审核|检测|策略|规范)|内容(?:政策|规范|安全)|法律法规/,
    // Zhipu 1301, Tencent `OperationDenied.TextIllegalDetected`, Spark 10013: Chinese messages
  },
  {
    kind: 'overload',
    words:
      /overload|too busy|\b(?:is|server|service|system|engine) busy\b|high (?:demand|traffic|load)|heavy load|at capacity|(?:over|no|insufficient|exceed\w*) capacity|capacity exceeded|(?:service|server|temporarily|currently)[^.。\n]{0,20}unavailable|no (?:available|healthy) (?:providers?|channels?|servers?|workers?|backends?|upstream)|(?:loading model|model is loading)|queue (?:is )?(?:full|exceeded)|engine server limit exceeded|server high load/,
    // OpenAI, Anthropic `overloaded_error`, DeepSeek, Moonshot `engine_overloaded_error`, Cerebras, llama.cpp
  },
  {
    kind: 'overload',
    words:
      /繁忙|过载|负载|拥挤|饱和|排队|(?:系统|服务|服务器|引擎)[^，。,\n]{0,4}忙|资源不足|服务(?:暂时)?不可用|无可用渠道/,
    // Zhipu 1312, new-api: Chinese messages
  },
  {
    kind: 'context',
    words:
      /context (?:length|window|size|limit)|max(?:imum)? (?:context|prompt|input)[^.。\n]{0,20}(?:length|token)|\b(?:prompt|input|inputs|message|messages|text|request|conversation)\b[^.。\n]{0,30}\btoo (?:long|many tokens)|too many (?:input |prompt )?tokens|reduce the length|model token limit|(?:input|prompt) tokens?[^.。\n]{0,40}exceed|exceed\w*[^.。\n]{0,40}(?:context|input length|prompt length|(?:input|prompt|message) tokens|number of tokens allowed)|(?:input length|length of (?:the )?(?:input|prompt))[^.。\n]{0,60}(?:exceed|should|must|longer|range)|longer than the model|tokens limit reached|max size:? \d+ tokens/,
    // OpenAI `context_length_exceeded`, Anthropic, Google, Mistral, vLLM, SGLang, llama.cpp, DashScope
  },
  {
    kind: 'context',
    words:
      /上下文[^，。,\n]{0,16}(?:超|过长|限制|上限)|(?:输入|提示词|prompt|消息|文本|内容|对话)[^，。,\n]{0,16}(?:过长|超长|太长)|(?<!max )tokens?(?:数|数量|长度|总数)?[^，。,\n]{0,6}超(?:过|出|限)/,
    // Zhipu 1261 "Prompt 超长", Spark 10907: Chinese messages
  },
  {
    kind: 'key',
    words:
      /\b(?:api|access|secret|subscription|app|iam|security|bearer) ?(?:key|token|id|credential)s?\b[^.。\n]{0,40}(?:invalid|incorrect|not valid|not found|expired|disabled|missing|revoked|wrong|malformed)|\b(?:invalid|incorrect|wrong|missing|expired|illegal|bad|no|provide an) (?:x )?(?:api|access|secret|subscription|auth\w*|bearer|iam) ?(?:key|token|credential|signature)|authenticat\w+ (?:fail|error|information|required)|auth ?failure|unauthori[sz]ed|unauthenticated|not authenticated|invalid credentials?\b|authori[sz]ed error|login fail|exceed authority|(?:permission|access) (?:denied|error)|\bno permission|(?<!extra )\bforbidden\b/,
    // OpenAI, Google `API_KEY_INVALID`, Tencent `AuthFailure`, Huawei, CloudBase: error references
  },
  {
    kind: 'key',
    words:
      /密钥|秘钥|鉴权|令牌|(?:api ?key|身份|token)[^，。,\n]{0,8}(?:无效|错误|不正确|不存在|过期|失效|禁用)|(?:认证|验证|签名)[^，。,\n]{0,4}(?:失败|错误|不通过|无效)|(?:无效|错误|非法|过期)[^，。,\n]{0,4}api ?key/,
    // Zhipu 1000–1004, new-api: Chinese messages
  },
  {
    kind: 'model',
    words:
      /\bmodels?\b[^.。\n]{0,80}(?:(?:does not|doesnt|not|dont) exist|not found|not open|not activated|\bis (?:disabled|deprecated|retired|offline|not (?:available|enabled|supported))|no longer|decommissioned|been (?:removed|retired|deprecated|shut down))|(?:no such|unknown|invalid|unsupported|nonexistent) model|access to (?:the |this )?model|\bdeployment\b[^.。\n]{0,60}(?:not exist|not found)|endpoint or model|ai model (?:config missing|not supported|disabled)|模型[^，。,\n]{0,24}(?:不存在|未找到|找不到|未开通|未启用|下线|无权|没有权限)|(?:不支持|未知|无效|无权访问)(?:的|该|此)?模型/,
    // OpenAI `model_not_found`, DeepSeek "Model Not Exist", Ollama, Volcengine, Zhipu 1211, CloudBase
  },
]

/** Statuses, and words that mean something only if nothing plainer was said. */
const lastSigns: readonly FailureSign[] = [
  {
    kind: 'request',
    codes: ['1042', '2013'],
    providers: ['minimax', 'minimaxi'],
    // platform.minimaxi.com, "错误码查询"
  },
  { kind: 'overload', statuses: [498, 503, 529] }, // RFC 9110; Groq; Anthropic
  {
    kind: 'rate',
    words:
      /(?:retry|try again) (?:in|after) (?:about )?\d|\d ?(?:秒钟?|分钟?|小时)(?:之|以)?后[^，。,\n]{0,4}(?:重试|再)/,
    // Google, OpenAI; new-api
  },
  { kind: 'quota', words: /current quota|billing|check your (?:plan|account)/ }, // OpenAI, Moonshot
  { kind: 'key', statuses: [401] }, // RFC 9110
  { kind: 'quota', statuses: [402] }, // RFC 9110; DeepSeek, OpenRouter
  { kind: 'rate', statuses: [429] }, // RFC 6585
  { kind: 'quota', words: /\bquota\b|额度|配额/ }, // OpenAI-like servers
  { kind: 'timeout', statuses: [408, 504] }, // RFC 9110
  { kind: 'key', statuses: [403] }, // RFC 9110
  { kind: 'request', statuses: [400, 409, 413, 415, 422, 451] }, // RFC 9110
  { kind: 'model', words: /\bnot ?found\b/ }, // OpenAI-like servers: `not_found_error`
  // Without words, what was not found may be a thing that the request names.
  { kind: 'request', statuses: [404] }, // RFC 9110
  {
    kind: 'timeout',
    words:
      /timed out|(?:request|gateway|upstream|server|response|read|connection|inference) time ?out|deadline exceeded|(?:请求|响应|处理|服务|推理|连接)[^，。,\n]{0,6}超时/,
    // Google `DEADLINE_EXCEEDED`, DashScope `RequestTimeOut`
  },
  {
    kind: 'request',
    words:
      /\b(?:messages?|roles?|tools?|tool (?:calls?|choice|use|results?)|functions?|param(?:eter)?s?|prompt|temperature|top p|(?:max|completion) tokens|response format|schema)\b[^.。\n]{0,80}\b(?:must|should) (?:not )?(?!be re(?:start|tri|load))(?:be|have|alternate|contain|start|end|come|follow|match|include)\b|(?:消息|角色|工具|参数|字段)[^，。,\n]{0,20}(?:必须|必填|不能为空|缺失|缺少)/,
    // OpenAI "messages with role 'tool' must be a response to …", llama.cpp "roles must alternate", under 500
  },
  {
    kind: 'request',
    words:
      /(?:invalid|unsupported|missing|illegal|bad) ?(?:request|argument|param|value|field|input|body|json)|validation error|unprocessable|extra forbidden|参数|不合法|格式(?:错误|不正确)/,
    // OpenAI `invalid_request_error` and its imitations
  },
]

/** How failures show their kind, by their words, in the order in which the signs count. */
export const failureSigns: readonly FailureSign[] = [
  ...codeSigns,
  tooLargeSign,
  unaffordableSign,
  ...wordSigns,
  ...lastSigns,
]
