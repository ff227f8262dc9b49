import { formatNumber } from './format-number.ts'
import type { PageLanguage } from './language.ts'

const en = {
  htmlLanguage: 'en',
  otherLanguage: '中文',
  switchLanguage: '切换到中文',
  theme: 'Colours',
  themes: { auto: 'As the system', light: 'Light', dark: 'Dark' },
  close: 'Close',
  loading: 'Loading …',
  retry: 'Try again',
  points: (points: number) => `${formatNumber(points)} ${points === 1 ? 'point' : 'points'}`,
  otherModels: 'Other models',
}

const zh: typeof en = {
  htmlLanguage: 'zh-CN',
  otherLanguage: 'EN',
  switchLanguage: 'Switch to English',
  theme: '配色',
  themes: { auto: '跟随系统', light: '浅色', dark: '深色' },
  close: '关闭',
  loading: '加载中…',
  retry: '重试',
  points: (points) => `${formatNumber(points)} 积分`,
  otherModels: '其他模型',
}

/** The texts that all pages share. */
export const sharedMessages: Readonly<Record<PageLanguage, typeof en>> = { en, zh }
