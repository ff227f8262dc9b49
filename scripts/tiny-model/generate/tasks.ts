/** A kind of question that the model was trained for. */
type Task = Readonly<{
  /** Matches the question without its punctuation at the end, in lower case, with ASCII digits and signs. */
  pattern: RegExp
  /** Returns the question as the trainer spells it (`train.py`, "Dialogues"); undefined if it is beyond the training. */
  spell(match: RegExpExecArray): string | undefined
}>

const maxCount = 50
const maxSummand = 12
const maxWords = 6

/** The words that the model can repeat: `WORDS` of the trainer. */
const words = new Set(
  (
    'apple river cloud stone music paper green house light table chair bread water night city train plane model token stream ' +
    'server gateway cache queue event order price point user hello world happy small large quick slow north south east west ' +
    'summer winter'
  ).split(' '),
)

const spellCount =
  (spell: (last: number) => string) =>
  ([, digits]: RegExpExecArray): string | undefined => {
    const last = Number(digits)
    return last >= 1 && last <= maxCount ? spell(last) : undefined
  }

const spellSum = ([, left, right]: RegExpExecArray): string | undefined =>
  Number(left) <= maxSummand && Number(right) <= maxSummand ? `${Number(left)} + ${Number(right)} = ?` : undefined

const spellRepeat = ([, text = '']: RegExpExecArray): string | undefined => {
  const repeated = text.split(/[\s,]+/)
  return repeated.length <= maxWords && repeated.every((word) => words.has(word))
    ? `Repeat: ${repeated.join(' ')}`
    : undefined
}

const spellAs = (question: string) => (): string => question

const tasks: readonly Task[] = [
  {
    pattern: /^(?:please |can you |could you )*count (?:from 1 |up )?to (\d{1,3})(?:,? please)?$/,
    spell: spellCount((last) => `Count to ${last}.`),
  },
  {
    pattern: /^(?:请|帮我|给我|能不能|可以)*(?:从 ?1 ?)?数(?:数|一下)?到 ?(\d{1,3})(?:吧|吗)?$/,
    spell: spellCount((last) => `数到${last}`),
  },
  {
    pattern:
      /^(?:请问|计算|算一下|what is |what's |calculate |compute |how much is )?(\d{1,3}) ?(?:\+|plus|加上?) ?(\d{1,3}) ?(?:=|等于|是)? ?(?:几|多少)?$/,
    spell: spellSum,
  },
  { pattern: /^(?:please )?(?:repeat|say|复述|重复) ?:? ?(.+)$/, spell: spellRepeat },
  { pattern: /^(?:hello|hi|hey)(?: there)?$/, spell: spellAs('Hello') },
  { pattern: /^(?:你好|您好|嗨|哈喽)(?:啊|呀|吗)?$/, spell: spellAs('你好') },
  { pattern: /^(?:who|what) are you$/, spell: spellAs('Who are you?') },
  { pattern: /^(?:请问)?[你您]是(?:谁|什么|什么模型)$/, spell: spellAs('你是谁？') },
  { pattern: /^what can you do(?: for me)?$/, spell: spellAs('What can you do?') },
  { pattern: /^[你您](?:会|能|会做|能做|可以做)(?:什么|些什么|啥)$/, spell: spellAs('你会什么？') },
  { pattern: /^ping$/, spell: spellAs('ping') },
]

/** Returns a question as the model was trained on it, so that it answers correctly. Returns undefined if it was not trained for it. */
export const findTask = (question: string): string | undefined => {
  const text = simplify(question)
  for (const { pattern, spell } of tasks) {
    const match = pattern.exec(text)
    const spelled = match && spell(match)
    if (spelled) return spelled
  }
  return undefined
}

/** Unicode's compatibility form turns full-width digits and signs into ASCII. */
const simplify = (question: string): string =>
  question
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’‘]/g, "'")
    .replace(/\s+/g, ' ')
    .replace(/[\s.。!?~"'“”=]+$/, '')
    .replace(/^[\s"'“”]+/, '')

/** The reply to all other questions, in the language of the question. */
export const refuse = (question: string): string =>
  /\p{Script=Han}/u.test(question)
    ? '我是演示用的小模型，只会数数、加法和复述。试试：数到12'
    : 'I am a tiny demo model: I only count, add and repeat words. Try: Count to 12.'
