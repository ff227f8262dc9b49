/** Prices of the platform, in yuan. They change: the bill counts. */
export const prices = {
  /** A GB of memory for a second (packs of Tencent Cloud SCF, July 2025). */
  gbSecond: 0.000_111,
  /** A GB sent to clients (CloudBase, price list of 2020). */
  gbSent: 0.8,
} as const

/** The memory that all running instances of a region may have together, in MB (Tencent Cloud SCF, "Quota Limits", March 2025). */
export const maxRegionMb = 128_000

/** Requests a second of one route of the HTTP access service: the least that CloudBase's pages name as its maximum. */
export const maxRouteRequests = 500

/** Open files of one instance (Tencent Cloud SCF, "Quota Limits"). */
export const maxOpenFiles = 1_024
