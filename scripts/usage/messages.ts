import type { InEachLanguage } from '../language.ts'

const en = {
  help: `npm run usage -- report [options]

Adds up the usage records of the store that the environment or .env names (USAGE_STORE and the variables beside it): by day, by
model, and the users with the most points. Days are days in China (UTC+8). The same figures go into an SVG chart.

  --by day,model,user   one table with these groups instead; also key
  --from 2026-01-01     first day (default: 29 days before the last)
  --to 2026-01-31       last day (default: today)
  --top N               how many users are shown (default 10)
  --csv FILE            also writes the groups of --by (default day,model,user) as CSV
  --chart FILE          file of the chart (default usage-report.svg)
  --file FILE           reads this file of records instead of the configured store

npm run usage -- redrive

Delivers the records again that the webhook refused for 72 hours.`,
  sections: { day: 'By day', model: 'By model', user_id: 'Users with the most points' },
  noRecords: 'There are no records on these days.',
  tooManyGroups: (max: number) => `Only the first ${max} groups are shown. Ask for fewer days.`,
  tooManyUsers: (max: number) => `There are more than ${max} users. Only the first ${max} by name are compared.`,
  noStore:
    'There is no store to read. Set USAGE_STORE to the same value as in the functions, or name a file with --file.',
  noFile: (path: string) =>
    `There is no file ${path}. Name the file of the records with --file or USAGE_FILE; npm run dev writes .local/usage.jsonl.`,
  skipped: (count: number, path: string) => `Skipped ${count} ${count === 1 ? 'line' : 'lines'} of ${path}:`,
  skippedLines: {
    notJson: (count: number, line: number) =>
      `  ${count}: no JSON, as if a program ended while it wrote (first: line ${line})`,
    noRecord: (count: number, line: number) => `  ${count}: no record of the gateway (first: line ${line})`,
    unfinished: (count: number, line: number) => `  ${count}: not finished yet, without a line break (line ${line})`,
  },
  noChart: (reason: string) =>
    `The chart cannot be written (${reason}). Name a file in an existing folder with --chart.`,
  noCsv: (reason: string) => `The CSV cannot be written (${reason}). Name a file in an existing folder with --csv.`,
  redriven: (count: number) => `${count} records are due again. llm-usage-flush delivers them within a minute or two.`,
  failed: (reason: string) => `The store of usage records failed. ${reason}`,
}

const zh: typeof en = {
  help: `npm run usage -- report [选项]

汇总环境变量或 .env 所指存储（USAGE_STORE 等）中的用量记录：按天、按模型，以及积分最多的用户。日期按北京时间（UTC+8）。
同样的数据还会画成 SVG 图表。

  --by day,model,user   改为按这些字段分组，只输出一张表；也可用 key
  --from 2026-01-01     起始日期（默认：结束日期之前 29 天）
  --to 2026-01-31       结束日期（默认：今天）
  --top N               显示多少个用户（默认 10）
  --csv 文件            同时把 --by 的分组（默认 day,model,user）写成 CSV
  --chart 文件          图表文件（默认 usage-report.svg）
  --file 文件           读取这个记录文件，而不是已配置的存储

npm run usage -- redrive

重新投递被 Webhook 拒绝 72 小时的记录。`,
  sections: { day: '按天', model: '按模型', user_id: '积分最多的用户' },
  noRecords: '这些日期没有记录。',
  tooManyGroups: (max) => `只显示前 ${max} 组，请缩短日期范围。`,
  tooManyUsers: (max) => `用户超过 ${max} 个，只比较了按名称排序的前 ${max} 个。`,
  noStore: '没有可读取的存储。请把 USAGE_STORE 设为与云函数相同的值，或用 --file 指定文件。',
  noFile: (path) =>
    `文件 ${path} 不存在。请用 --file 或 USAGE_FILE 指定记录文件；npm run dev 写入 .local/usage.jsonl。`,
  skipped: (count, path) => `跳过了 ${path} 中的 ${count} 行：`,
  skippedLines: {
    notJson: (count, line) => `  ${count} 行：不是 JSON，可能是程序写到一半退出（首次出现：第 ${line} 行）`,
    noRecord: (count, line) => `  ${count} 行：不是网关的记录（首次出现：第 ${line} 行）`,
    unfinished: (count, line) => `  ${count} 行：尚未写完，没有换行（第 ${line} 行）`,
  },
  noChart: (reason) => `无法写入图表（${reason}）。请用 --chart 指定已有目录中的文件。`,
  noCsv: (reason) => `无法写入 CSV（${reason}）。请用 --csv 指定已有目录中的文件。`,
  redriven: (count) => `${count} 条记录将重新投递，llm-usage-flush 会在一两分钟内完成。`,
  failed: (reason) => `用量记录的存储出错。${reason}`,
}

/** The messages of `npm run usage`. The columns of its tables are English in both languages: scripts read them. */
export const usageMessages: InEachLanguage<typeof en> = { en, zh }
