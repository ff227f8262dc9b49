import type { FailureKind } from '../../protocol/errors.ts'
import type { PresetName } from '../../protocol/provider-presets.ts'

/** The codes of a vendor, separated by blanks, by the kind that they mean. */
interface VendorCodes {
  readonly providers: readonly PresetName[]
  readonly kinds: Partial<Readonly<Record<FailureKind, string>>>
}

/** Codes that mean something at one vendor only. A comment names the page that lists them. */
export const vendorCodes: readonly VendorCodes[] = [
  {
    providers: ['zhipu', 'zai'],
    // docs.bigmodel.cn/cn/api/api-code; docs.z.ai/api-reference/api-code
    kinds: {
      key: '1000 1001 1002 1003 1004 1110 1111 1112 1121 1220',
      quota: '1113 1309',
      model: '1211 1221 1222 1311',
      context: '1261',
      request: '1210 1212 1213 1214 1215',
      content: '1300 1301',
      rate: '1302 1303 1304 1305 1308 1310 1313',
      overload: '1120 1312',
      outage: '1230 1234',
    },
  },
  {
    providers: ['minimax', 'minimaxi'],
    // platform.minimaxi.com, "错误码查询"
    kinds: { key: '1004 2049', quota: '1008', content: '1026 1027', rate: '1002 1039 1041 2045 2056', timeout: '1001' },
  },
  {
    // Words are those of its second API, numbers those of its first.
    providers: ['qianfan'],
    // cloud.baidu.com/doc/qianfan-api/s/rmwbl43x7; ai.baidu.com/ai-doc/WENXINWORKSHOP/tlmyncueh
    kinds: {
      content: 'unsafe_request image_url_unsafe system_unsafe user_setting_unsafe functions_unsafe 336104 336105',
      context: 'characters_too_long tokens_too_long 336007 336103',
      key: 'invalid_iam_token invalid_appid 6 13 14 15 100 110 111',
      model: 'invalid_model model_offline',
      request: 'no_parameter_permission',
      quota: 'account_overdue 19',
      rate: 'Offline_batch_reasoning_refused 4 17 18 336501 336502 336503',
      overload: '2 336100',
    },
  },
  {
    providers: ['spark'],
    // xfyun.cn/doc/spark/接口说明.html
    kinds: {
      content: '10013 10014 10019 10021 10022',
      context: '10907',
      key: '10015 10016 11200',
      request: '10003 10004 10005 10163',
      rate: '10006 10007 11201 11202 11203',
      overload: '10008 10110',
      outage: '10009 10010 10011 10012 10222',
    },
  },
  {
    providers: ['dashscope', 'qwen'],
    // help.aliyun.com, model-studio, "错误信息"
    kinds: { rate: 'insufficient_quota' },
  },
  { providers: ['siliconflow'], kinds: { quota: '30001 30011' } }, // docs.siliconflow.cn, "错误处理"
]
