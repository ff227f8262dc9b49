import { alertVariables } from './variables/alert-variables.ts'
import { describeProblem, readVariables, type Variables } from './variables/variable.ts'

/** Where the variables of alerts are read when they are needed. Undefined: there are no alerts. */
export type AlertsSource = { readonly environment: Variables } | undefined

/** Where alerts go, and the bounds above which there are some. */
export interface AlertsConfig {
  /** Undefined: it is wrong, and no alert can be sent. */
  readonly url: URL | undefined
  readonly secret: string | undefined
  /** Points of all users in a day of China. 0: no bound. */
  readonly dailyPoints: number
  /** What providers charge in a day of China, in yuan. 0: no bound. */
  readonly dailyYuan: number
  /** Points of a wallet. 0: no bound. */
  readonly lowBalance: number
  /** What is wrong, one sentence each. */
  readonly problems: readonly string[]
}

/** Reads the options of alerts. */
export const readAlertsConfig = ({ environment }: NonNullable<AlertsSource>): AlertsConfig => {
  const { values, problems } = readVariables(alertVariables, environment)
  return {
    url: values.ALERT_WEBHOOK_URL === undefined ? undefined : new URL(values.ALERT_WEBHOOK_URL),
    secret: values.ALERT_WEBHOOK_SECRET,
    dailyPoints: values.ALERT_DAILY_POINTS,
    dailyYuan: values.ALERT_DAILY_YUAN,
    lowBalance: values.ALERT_LOW_BALANCE,
    problems: problems.map(describeProblem),
  }
}
