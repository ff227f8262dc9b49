import { webUrl } from './kinds.ts'
import { integerVariable, textVariable } from './variable.ts'

const bound = () => integerVariable(0, { least: 0, most: Number.MAX_SAFE_INTEGER })

/** The variables of alerts. They are apart from the others (`environment.ts`), because they are read only if
 *  `ALERT_WEBHOOK_URL` is set. `npm run docs` copies the docblocks into docs/configuration.md. */
export const alertVariables = {
  /** URL that receives alerts: a robot of WeCom, DingTalk or Feishu, or any other for JSON (docs/operations.md). Needs
   *  `USAGE_STORE=collection`, `mysql` or `rdb`. If unset, there are no alerts. */
  ALERT_WEBHOOK_URL: webUrl(undefined),
  /** Secret that signs alerts: the one that DingTalk or Feishu shows for the robot; for JSON, `whsec_` and base64, or any text
   *  (Standard Webhooks). */
  ALERT_WEBHOOK_SECRET: textVariable(),
  /** Points of all users in a day of China above which there is an alert. 0: no bound. */
  ALERT_DAILY_POINTS: bound(),
  /** What providers charge in a day of China, in yuan, above which there is an alert. 0: no bound. */
  ALERT_DAILY_YUAN: bound(),
  /** Points of a user's wallet: a fall below them makes an alert, but not the end of a day's points. 0: no bound. */
  ALERT_LOW_BALANCE: bound(),
}
