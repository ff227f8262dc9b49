import type { InEachLanguage } from '../language.ts'

/** Commands of `npm run` that belong together. */
interface CommandGroup {
  readonly title: InEachLanguage<string>
  readonly commands: Readonly<Record<string, InEachLanguage<string>>>
}

/** Every script of package.json, by purpose. */
export const commandGroups: readonly CommandGroup[] = [
  {
    title: { en: 'Use', zh: '使用' },
    commands: {
      dev: {
        en: 'builds, and runs the local gateway and its page with the embedded model, without token checks',
        zh: '构建并启动本地网关和体验页，自带小模型，不校验令牌',
      },
      start: { en: 'runs the local gateway with your configuration', zh: '按你的配置启动本地网关' },
      chat: { en: 'talks to a gateway: npm run chat -- "Hello"', zh: '与网关对话：npm run chat -- "你好"' },
      key: { en: 'makes an admin key; -- --write puts it into .env', zh: '生成管理密钥；-- --write 写入 .env' },
      help: { en: 'shows this list', zh: '显示本列表' },
    },
  },
  {
    title: { en: 'Deploy and operate', zh: '部署与运维' },
    commands: {
      deploy: {
        en: 'deploys to your CloudBase environment, after one question',
        zh: '部署到你的云开发环境，先询问一次',
      },
      doctor: { en: 'examines the deployment, and says how to fix what differs', zh: '检查部署，逐条给出修复办法' },
      smoke: { en: 'calls a gateway with the official client: -- URL', zh: '用官方客户端试调用网关：-- URL' },
      undeploy: { en: 'removes the deployment, after one question', zh: '移除部署，先询问一次' },
      models: { en: 'adds models, and edits the table of the model map', zh: '添加模型，编辑数据表中的模型映射' },
      usage: { en: 'reports usage, or delivers records again', zh: '统计用量，或重新投递记录' },
      console: {
        en: 'opens a page on this machine for models, usage, wallets and health',
        zh: '在本机打开控制台网页：模型、用量、钱包和健康状态',
      },
      quotas: { en: 'shows and replaces the stored quotas', zh: '查看、替换保存的额度' },
      words: { en: 'shows and replaces the stored list of words', zh: '查看、替换保存的词表' },
      keys: { en: "makes, lists and revokes users' keys (sk-…)", zh: '创建、列出、撤销用户密钥（sk-…）' },
      wallet: { en: "grants and takes back users' points, and proves the books", zh: '发放、收回用户积分，核对账目' },
    },
  },
  {
    title: { en: 'Develop', zh: '开发' },
    commands: {
      build: { en: 'builds the functions and the pages into dist', zh: '构建云函数和网页到 dist' },
      check: { en: 'runs all that a change must pass', zh: '运行一次改动须通过的全部检查' },
      test: { en: 'builds and runs all tests', zh: '构建并运行全部测试' },
      'test:unit': { en: 'runs the tests that need no build and no database', zh: '只运行不需要构建和数据库的测试' },
      'test:clients': { en: 'tests with the clients people use', zh: '用常见客户端测试' },
      'test:clients:python': { en: 'tests with the official Python client', zh: '用官方 Python 客户端测试' },
      lint: { en: 'checks format and style', zh: '检查格式与风格' },
      fix: { en: 'corrects what lint can correct', zh: '自动修正格式与风格' },
      types: { en: 'checks the types', zh: '检查类型' },
      unused: { en: 'finds unused code and packages', zh: '查找无用的代码与依赖' },
      sizes: { en: 'compares the bundles with their size budgets', zh: '比较构建产物与体积预算' },
      docs: { en: 'writes the generated parts of the docs and .env.example', zh: '更新文档的生成部分与 .env.example' },
      screenshots: { en: 'takes the pictures of the docs, with Chromium', zh: '用 Chromium 生成文档中的截图' },
      fuzz: { en: 'tries all entry points with random inputs', zh: '用随机输入测试所有入口' },
      soak: { en: 'runs a steady load, and looks for leaks', zh: '持续加压，检查泄漏' },
      chaos: { en: 'breaks everything, and compares the usage records', zh: '制造各种故障，核对用量记录' },
      simulate: { en: 'shows what growing numbers of users need and cost', zh: '模拟用户数增长时的资源、费用与瓶颈' },
      fleet: {
        en: 'makes ten targets fail in every way, and compares replies and records',
        zh: '让十个目标以各种方式失败，核对响应和记录',
      },
      bench: { en: 'measures what the gateway costs', zh: '测量网关的开销' },
      'bench:cold': { en: 'measures cold starts only', zh: '只测量冷启动' },
      'bench:micro': { en: 'measures the token check only', zh: '只测量令牌校验' },
      'bench:quick': { en: 'measures all, briefly', zh: '快速测量全部项目' },
    },
  },
]
