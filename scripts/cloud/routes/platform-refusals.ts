/** What to do about a refusal of the platform, by its code, which comes before a function runs (CloudBase
 *  documentation, "Error codes"). */
const fixes: Readonly<Record<string, string>> = {
  EXCEED_AUTHORITY:
    'Allow everyone to invoke the HTTP functions, as the gateway checks each caller itself: "<function>": { "invoke": true } in their rules (console: Cloud Functions > Permissions), or the policy of an environment that uses one, as with PostgreSQL (console: Permissions). Rules take up to five minutes.',
  HTTPSERVICE_NONACTIVATED: 'Switch the service on (console: HTTP Access Service).',
}

/** Returns what to do about a code of the platform; empty if nothing is known. */
export const findRefusalFix = (code: string): string => (Object.hasOwn(fixes, code) ? (fixes[code] ?? '') : '')
