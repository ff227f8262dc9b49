import type { InEachLanguage } from '../language.ts'

const en = {
  unknownOption: (option: string) => `There is no option ${option}.`,
  unknownCommand: (name: string) => `There is no command '${name}'.`,
  noCommand: (names: readonly string[]) => `Name a command: ${names.join(', ')}.`,
  excess: (argument: string) => `'${argument}' is an argument too many.`,
  missing: (command: string, argument: string) => `${command} needs a ${argument}.`,
  needsValue: (option: string) => `${option} needs a value.`,
  takesNoValue: (option: string) => `${option} takes no value.`,
  unreadVariable: (name: string) => `${name} is not read.`,
  didYouMean: (name: string) => ` Did you mean ${name}?`,
}

const zh: typeof en = {
  unknownOption: (option) => `没有 ${option} 这个选项。`,
  unknownCommand: (name) => `没有“${name}”这个命令。`,
  noCommand: (names) => `请写出命令：${names.join('、')}。`,
  excess: (argument) => `多了一个参数“${argument}”。`,
  missing: (command, argument) => `${command} 后面要写 ${argument}。`,
  needsValue: (option) => `${option} 需要一个值。`,
  takesNoValue: (option) => `${option} 不带值。`,
  unreadVariable: (name) => `没有程序读取 ${name}。`,
  didYouMean: (name) => `是否想写 ${name}？`,
}

/** The messages about wrong arguments and variables, which all tools share. */
export const argumentMessages: InEachLanguage<typeof en> = { en, zh }
