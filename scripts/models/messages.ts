import type { InEachLanguage } from '../language.ts'

const en = {
  usage: (commands: string) => `npm run models -- COMMAND [--yes]

${commands}

  --yes         goes on without a question
  --file FILE   create: adds the model to this file instead of model_map.json or the table
  --provider, --api-base, --api-key-env, --upstream-model, --input-price-per-1m, --output-price-per-1m, …
                create: the fields of docs/models.md. NAME is the name that clients use

The table is in the database of MYSQL_DSN. Without MYSQL_DSN, it is in the database of the environment: set
CLOUDBASE_ENV_ID, TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY. The variables may also be in .env. Running functions
use a change after POST /admin/reload.`,
  commands: {
    import: 'writes the entries of a model map file into the table; deletes no row',
    create: 'adds a model to model_map.json or, if one is configured, to the table',
    list: 'shows the rows of the table, without their keys',
    enable: 'switches a model on',
    disable: 'switches a model off',
    check: 'validates the rows with the rules of the gateway, and calls each target for one token',
    status: 'shows the targets of a gateway: which rest, for how long, and why',
  },
  nothingDone: 'Nothing was done. Repeat the command with --yes to do it.',
  fieldsForCreate: (option: string) => `${option} is for create.`,
  keyOption:
    'A key on the command line stays in its history. Put it into .env, and name the variable with --api-key-env.',
  models: (count: number) => `${count} models`,
  unreadable: (path: string) => `${path} cannot be read. Name the file of a model map.`,
  holdsAll: 'The table already holds all entries of the file.',
  writeRows: (count: number) => `Write ${count} rows?`,
  rowsWritten: (count: number) => `${count} rows written.`,
  reload: 'Running functions use it after POST /admin/reload.',
  noColumns: (names: string) => `The table has no column ${names}. Add it with scripts/sql/model-map-columns.sql.`,
  noModel: (model: string) => `The table has no model '${model}'. npm run models -- list shows all models.`,
  writeIt: 'Write it?',
  exists: (model: string, map: string) =>
    `${map} has the model '${model}' already. Change it there, or choose another name.`,
  writeTo: (map: string) => `Write it to ${map}?`,
  written: (map: string) => `Written to ${map}.`,
  noKey: 'It needs no key.',
  keyGoes: (name: string, others: readonly string[]) =>
    `Put the key into .env: ${name}=<key>${others.length > 0 ? ` (or use ${others.join(', ')})` : ''}`,
  keyIsSet: (name: string) => `Its key is in ${name}, which is set.`,
  noMap: (path: string) => `${path} holds no JSON object of model names and entries. Correct its syntax.`,
  notListed: (path: string, model: string) => `${path} names other models only. Add '${model}' to it, or set it to [].`,
  nextOfFile: 'npm start and npm run dev use it now; npm run deploy takes it and its key to the cloud.',
  newKey: 'They get a new key with npm run deploy.',
}

const zh: typeof en = {
  usage: (commands) => `npm run models -- 命令 [--yes]

${commands}

  --yes         不再询问，直接执行
  --file 文件   create：加进这个文件，而不是 model_map.json 或数据表
  --provider, --api-base, --api-key-env, --upstream-model, --input-price-per-1m, --output-price-per-1m, …
                create：docs/models.zh-CN.md 中的字段。NAME 是客户端使用的模型名

数据表在 MYSQL_DSN 指定的数据库中；没有 MYSQL_DSN 时在云开发环境的数据库中，需设置 CLOUDBASE_ENV_ID、TENCENTCLOUD_SECRETID 和
TENCENTCLOUD_SECRETKEY。变量也可写在 .env 中。POST /admin/reload 之后，运行中的函数开始使用改动。`,
  commands: {
    import: '把模型映射文件的条目写入数据表，不删除任何行',
    create: '添加模型：写入 model_map.json，配置了数据表时写入数据表',
    list: '显示数据表的各行，不含密钥',
    enable: '启用模型',
    disable: '停用模型',
    check: '按网关的规则校验各行，并用一个 token 逐个试调目标',
    status: '显示网关的目标：哪些在暂停、还要多久、原因是什么',
  },
  nothingDone: '未做任何改动。加上 --yes 再次运行即可执行。',
  fieldsForCreate: (option) => `${option} 只用于 create。`,
  keyOption: '命令行中的密钥会留在历史记录里。请把它写进 .env，并用 --api-key-env 指定变量名。',
  models: (count) => `共 ${count} 个模型`,
  unreadable: (path) => `无法读取 ${path}。请指定模型映射文件。`,
  holdsAll: '数据表已包含文件中的全部条目。',
  writeRows: (count) => `写入 ${count} 行？`,
  rowsWritten: (count) => `已写入 ${count} 行。`,
  reload: 'POST /admin/reload 之后，运行中的函数开始使用。',
  noColumns: (names) => `数据表没有 ${names} 列。请用 scripts/sql/model-map-columns.sql 添加。`,
  noModel: (model) => `数据表中没有模型“${model}”。npm run models -- list 可列出全部模型。`,
  writeIt: '写入？',
  exists: (model, map) => `${map} 中已有模型“${model}”。请直接修改它，或换一个名称。`,
  writeTo: (map) => `写入 ${map}？`,
  written: (map) => `已写入 ${map}。`,
  noKey: '它不需要密钥。',
  keyGoes: (name, others) =>
    `请把密钥写进 .env：${name}=<密钥>${others.length > 0 ? `（也可用 ${others.join('、')}）` : ''}`,
  keyIsSet: (name) => `它的密钥在 ${name} 中，已设置。`,
  noMap: (path) => `${path} 不是由模型名和条目组成的 JSON 对象。请修正语法。`,
  notListed: (path, model) => `${path} 只列出了其他模型。请把“${model}”加进去，或将它设为 []。`,
  nextOfFile: 'npm start 和 npm run dev 立即生效；npm run deploy 会把它和密钥部署到云端。',
  newKey: '新的密钥随 npm run deploy 交给函数。',
}

/** The messages of `npm run models`. The reasons of the gateway's validation are English in both languages, as in its log. */
export const modelsMessages: InEachLanguage<typeof en> = { en, zh }
