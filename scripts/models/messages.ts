import type { InEachLanguage } from '../language.ts'

const en = {
  exists: (model: string, map: string) =>
    `${map} has the model '${model}' already. Change it there, or choose another name.`,
  question: (map: string) => `Write it to ${map}?`,
  written: (map: string) => `Written to ${map}.`,
  noKey: 'It needs no key.',
  keyGoes: (name: string, others: readonly string[]) =>
    `Put the key into .env: ${name}=<key>${others.length > 0 ? ` (or use ${others.join(', ')})` : ''}`,
  keyIsSet: (name: string) => `Its key is in ${name}, which is set.`,
  noMap: (path: string) => `${path} holds no JSON object of model names and entries. Correct its syntax.`,
  notListed: (path: string, model: string) => `${path} names other models only. Add '${model}' to it, or set it to [].`,
  nextOfFile: 'npm start and npm run dev use it now; npm run deploy takes it and its key to the cloud.',
  nextOfTable: 'Running functions use it after POST /admin/reload. They get a new key with npm run deploy.',
  keyOption:
    'A key on the command line stays in its history. Put it into .env, and name the variable with --api-key-env.',
  fieldsForCreate: (option: string) => `${option} is for create.`,
}

const zh: typeof en = {
  exists: (model, map) => `${map} 中已有模型“${model}”。请直接修改它，或换一个名称。`,
  question: (map) => `写入 ${map}？`,
  written: (map) => `已写入 ${map}。`,
  noKey: '它不需要密钥。',
  keyGoes: (name, others) =>
    `请把密钥写进 .env：${name}=<密钥>${others.length > 0 ? `（也可用 ${others.join('、')}）` : ''}`,
  keyIsSet: (name) => `它的密钥在 ${name} 中，已设置。`,
  noMap: (path) => `${path} 不是由模型名和条目组成的 JSON 对象。请修正语法。`,
  notListed: (path, model) => `${path} 只列出了其他模型。请把“${model}”加进去，或将它设为 []。`,
  nextOfFile: 'npm start 和 npm run dev 立即生效；npm run deploy 会把它和密钥部署到云端。',
  nextOfTable: 'POST /admin/reload 之后，运行中的函数开始使用它。新的密钥随 npm run deploy 交给函数。',
  keyOption: '命令行中的密钥会留在历史记录里。请把它写进 .env，并用 --api-key-env 指定变量名。',
  fieldsForCreate: (option) => `${option} 只用于 create。`,
}

/** The messages of `npm run models -- create`. */
export const createMessages: InEachLanguage<typeof en> = { en, zh }
