/** Typical texts of models, to measure the token estimate. The weights of the estimator were fitted on `fit`. Its stated error is
 *  that of `check`, which was not used for the fit. */
export const tokenSamples: Readonly<
  Record<'fit' | 'check', readonly { readonly kind: string; readonly text: string }[]>
> = {
  fit: [
    {
      kind: 'chinese',
      text: '云函数是一种无需管理服务器的计算方式。您只要写好代码并上传，平台就会在请求到来时自动运行它，并按照实际使用的资源计费。对于访问量起伏较大的小程序来说，这种方式既省钱又省心：闲时没有费用，忙时自动扩容。需要注意的是，函数长时间没有请求会被回收，下一次请求要重新启动，这就是常说的冷启动。',
    },
    {
      kind: 'chinese',
      text: '春天的西湖最适合散步。清晨薄雾还没有散去，湖面上偶尔划过一两只小船，岸边的柳枝轻轻垂到水里。沿着白堤往前走，可以看到远处的山影一层比一层淡，像一幅没有干透的水墨画。如果走累了，不妨在茶馆里坐一会儿，点一杯龙井，听旁边的老人讲讲从前的故事。',
    },
    {
      kind: 'chinese',
      text: '您好！根据您描述的情况，我建议先做以下几步检查：\n\n1. 确认订单状态是否为“已支付”，如果仍显示“待支付”，请等待五分钟后刷新。\n2. 检查手机短信中的扣款通知，核对金额与商户名称。\n3. 若款项已扣但订单未更新，请保留截图并联系客服，我们会在二十四小时内处理。\n\n请放心，您的资金不会丢失。',
    },
    {
      kind: 'chinese',
      text: '机器学习的基本思路，是让程序从数据里总结规律，而不是由人逐条写下规则。训练时，模型不断比较自己的预测和正确答案，再把误差一点点传回去，调整内部的参数。数据越丰富、标注越准确，学到的规律就越可靠。不过模型也会犯错：当它遇到训练中从未见过的情况，往往会给出自信却错误的结论。',
    },
    {
      kind: 'english',
      text: 'A usage ledger has one job: every answer that reached a user is written down exactly once. That sounds easy until a process dies between sending the last byte and saving the row. The usual cure is to write an intention before the work begins, and to let somebody else finish what the dead process left behind. Nothing clever is needed, only patience and a unique key.',
    },
    {
      kind: 'english',
      text: 'The old lighthouse stood at the end of a narrow road that nobody used in winter. Margaret had the only key. She climbed the hundred and twelve steps every evening, wiped the salt from the windows, and wrote the weather into a book that her grandfather had begun. Most pages said the same thing: wind from the west, sea rough, two ships seen, no one came.',
    },
    {
      kind: 'english',
      text: 'To bake a simple bread, mix 500 g of flour with 350 ml of lukewarm water, 10 g of salt and 7 g of dried yeast. Knead for ten minutes until the dough is smooth and elastic. Let it rise for an hour, shape it, and let it rise again for 30 minutes. Bake at 230 °C for 35 minutes, then tap the bottom: it should sound hollow.',
    },
    {
      kind: 'english',
      text: '**Summary**\n\n- Revenue grew by 14.2% year over year, driven mainly by subscriptions.\n- Operating costs rose 6.8%, mostly because of hiring in engineering and support.\n- Customer churn fell from 3.1% to 2.4%.\n\nOverall, the quarter was stronger than expected. The main risk for the next quarter is currency fluctuation, particularly in emerging markets, and the team recommends hedging at least half of the exposure.',
    },
    {
      kind: 'mixed',
      text: '可以用 `Promise.all` 同时发起多个请求，例如：\n\n```js\nconst [user, orders] = await Promise.all([\n  fetch(`/api/users/1`).then((r) => r.json()),\n  fetch(`/api/orders?user=1`).then((r) => r.json()),\n])\n```\n\n注意：只要其中一个请求失败，整个 Promise 就会 reject，所以要在外层加上 try/catch。',
    },
    {
      kind: 'mixed',
      text: 'Docker 的 image 和 container 的区别可以这样理解：image 是一份只读的模板（template），container 则是根据 image 启动的运行实例。执行 docker run nginx:1.27 时，Docker 会先检查本地有没有这个 image，没有就从 Docker Hub 下载，然后创建并启动 container。',
    },
    {
      kind: 'code',
      text: 'def quicksort(items):\n    """Return a sorted copy of items."""\n    if len(items) <= 1:\n        return list(items)\n    pivot = items[len(items) // 2]\n    smaller = [x for x in items if x < pivot]\n    equal = [x for x in items if x == pivot]\n    larger = [x for x in items if x > pivot]\n    return quicksort(smaller) + equal + quicksort(larger)\n\n\nif __name__ == "__main__":\n    print(quicksort([3, 1, 4, 1, 5, 9, 2, 6]))\n',
    },
    {
      kind: 'code',
      text: '{\n  "order_id": "A-20391",\n  "items": [\n    { "sku": "TEA-100", "name": "龙井茶", "quantity": 2, "price": 128.0 },\n    { "sku": "CUP-007", "name": "玻璃杯", "quantity": 1, "price": 39.9 }\n  ],\n  "total": 295.9,\n  "currency": "CNY",\n  "paid": true\n}\n',
    },
  ],
  check: [
    {
      kind: 'chinese',
      text: '退货流程如下：首先在“我的订单”中找到需要退货的商品，点击“申请售后”，选择退货原因并上传照片。审核通过后，系统会生成一个退货地址，请在七天之内寄出，并填写快递单号。仓库收到商品并检验无误后，退款将在三个工作日内原路返回。运费由责任方承担，质量问题由我们负责。',
    },
    {
      kind: 'chinese',
      text: '量子计算机并不是更快的普通计算机。它利用叠加和纠缠这两种量子现象，使一部分特定的问题可以用更少的步骤求解，例如大整数分解和某些材料的模拟。但对于日常的文字处理、网页浏览，它没有任何优势。目前最大的困难在于量子态非常脆弱，微小的温度变化或电磁干扰都会让计算结果出错。',
    },
    {
      kind: 'chinese',
      text: '小明第一次离家上大学，母亲把行李收拾了整整三天。火车开动的时候，他看见父亲站在月台上，没有挥手，只是一直站着。许多年以后，他自己也成了父亲，才明白那天没有说出口的话有多重。人生里许多告别都很安静，安静到当时几乎察觉不到。',
    },
    {
      kind: 'chinese',
      text: '根据最新数据，2024年上半年公司营业收入为3.56亿元，同比增长18.7%；净利润4210万元，同比增长9.3%。其中，线上业务占比由41%提升至52%，首次超过线下。管理层预计全年收入将达到7.5亿元左右，毛利率保持在36%上下。主要风险包括原材料价格上涨和汇率波动。',
    },
    {
      kind: 'english',
      text: 'Photosynthesis converts light into chemical energy. In the first stage, chlorophyll absorbs photons and splits water into oxygen, protons and electrons. In the second stage, the plant uses that energy to turn carbon dioxide into sugar. The process is remarkably inefficient by engineering standards, yet it feeds almost everything alive on this planet.',
    },
    {
      kind: 'english',
      text: "I'm sorry to hear that your parcel hasn't arrived yet. Could you please tell me your order number and the email address you used? In the meantime, you can check the tracking page: if the status says \"Out for delivery\", it should reach you today before 8 p.m. If it still isn't there tomorrow, we'll send a replacement free of charge.",
    },
    {
      kind: 'english',
      text: 'Three things usually decide whether a small restaurant survives its first year. The rent must not exceed a tenth of what it earns. The menu must be short enough to be cooked well by two people on a busy night. And the owner must be there, every evening, tasting, greeting, and noticing what has begun to slip before the guests do.',
    },
    {
      kind: 'english',
      text: '## Installation\n\nRun `npm install --save-dev example-tool` and add a script to your package.json. The tool reads its settings from `example.config.json`; every option has a sensible default. If you see the error "EACCES: permission denied", do not use sudo: change the owner of the folder instead. Version 3.2.1 or newer is required on Windows.',
    },
    {
      kind: 'mixed',
      text: '在 React 里，useEffect 的第二个参数是依赖数组（dependency array）。如果传入空数组 []，effect 只会在组件 mount 之后执行一次；如果省略，每次 render 之后都会执行。常见的错误是忘记把用到的 state 放进数组，导致读到的是旧值（stale closure）。',
    },
    {
      kind: 'mixed',
      text: 'HTTP 状态码 429 表示 Too Many Requests，也就是请求过于频繁。服务器通常会在响应头里给出 Retry-After，告诉客户端多少秒之后再试。正确的做法是 exponential backoff：第一次等 1 秒，第二次 2 秒，第三次 4 秒，并加一点随机抖动（jitter），避免所有客户端同时重试。',
    },
    {
      kind: 'code',
      text: "import { createServer } from 'node:http'\n\nconst server = createServer((request, response) => {\n  if (request.url === '/health') {\n    response.writeHead(200, { 'content-type': 'application/json' })\n    response.end(JSON.stringify({ ok: true, uptime: process.uptime() }))\n    return\n  }\n  response.writeHead(404).end()\n})\n\nserver.listen(3000, () => console.log('listening on http://localhost:3000'))\n",
    },
    {
      kind: 'code',
      text: "SELECT u.id, u.name, COUNT(o.id) AS orders, SUM(o.amount) AS total\nFROM users u\nLEFT JOIN orders o ON o.user_id = u.id AND o.created_at >= '2024-01-01'\nWHERE u.status = 'active'\nGROUP BY u.id, u.name\nHAVING SUM(o.amount) > 1000\nORDER BY total DESC\nLIMIT 20;\n",
    },
  ],
}
