import { webUrl } from './kinds.ts'
import { booleanVariable, integerVariable, oneOf, stopping, textVariable, textWithDefault } from './variable.ts'

/** What checks texts. */
const checkers = ['words', 'tms', 'wechat', 'webhook'] as const

/** The variables of content safety. They are apart from the others (`environment.ts`), because they are read only if
 *  `MODERATION` is set. `npm run docs` copies the docblocks into docs/configuration.md. */
export const moderationVariables = {
  /** What checks texts: `words` is your own list of words, `tms` Tencent Cloud's text moderation, `wechat` that of mini programs,
   *  `webhook` a URL of yours (docs/moderation.md). `off`: nothing. A value that is none of these stops all calls. */
  MODERATION: stopping(oneOf(['off', ...checkers], undefined)),
  /** Which answers are checked: `window` holds back the last characters of a stream while they are checked; `whole` sends
   *  nothing before all is checked; `off`: none. An entry's `moderation` takes precedence. */
  MODERATION_ANSWERS: stopping(oneOf(['off', 'window', 'whole'], 'off')),
  /** Words that are not allowed, one a line. `[label]` on a line names what those below it are about. A service gets no text that
   *  holds one. `store`: they are kept in the store of `USAGE_STORE` (`collection`, `mysql` or `rdb`), and `npm run words` edits them. */
  MODERATION_WORDS: textVariable(),
  /** File with such words. It takes precedence over `MODERATION_WORDS`. An edit is in use within `CONFIG_TTL`. */
  MODERATION_WORDS_FILE: textVariable(),
  /** `true` serves calls whose texts could not be checked. Otherwise they get a 503. */
  MODERATION_FAIL_OPEN: booleanVariable(),
  /** A sentence that users get as an ordinary reply instead of a blocked one. If unset, a blocked prompt gets a 400. */
  MODERATION_REFUSAL: textVariable(),
  /** Longest time of a check by a service, in milliseconds. */
  MODERATION_TIMEOUT: integerVariable(2_000, { least: 100, most: 30_000 }),
  /** URL of your own checker, for `MODERATION=webhook`. It gets each text as a POST. */
  MODERATION_WEBHOOK_URL: webUrl(undefined),
  /** Bearer token sent to that URL. */
  MODERATION_WEBHOOK_TOKEN: textVariable(),
  /** Id of a key pair of Tencent Cloud that may call text moderation, for `MODERATION=tms`. */
  TMS_SECRET_ID: textVariable(),
  /** Key of that pair. */
  TMS_SECRET_KEY: textVariable(),
  /** Region of text moderation. */
  TMS_REGION: textWithDefault('ap-guangzhou'),
  /** Policy of text moderation (`BizType`), from its console. If unset: the default policy. */
  TMS_BIZ_TYPE: textVariable(),
  /** Origin of text moderation. */
  TMS_ORIGIN: webUrl('https://tms.tencentcloudapi.com'),
  /** Id of the mini program whose users are checked, for `MODERATION=wechat`. */
  WECHAT_APPID: textVariable(),
  /** Secret of that mini program. */
  WECHAT_SECRET: textVariable(),
  /** Origin of WeChat's API. */
  WECHAT_ORIGIN: webUrl('https://api.weixin.qq.com'),
}
