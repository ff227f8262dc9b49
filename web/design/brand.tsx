import { Icon, type IconName } from './icon.tsx'

/** The options of {@link Brand}. */
export interface BrandOptions {
  /** The icon on a ground of the page's own colour. */
  readonly mark: IconName
  readonly name: string
}

/** The mark and the name of a page. */
export const Brand = ({ mark, name }: BrandOptions) => (
  <>
    <span class="brand-mark">
      <Icon name={mark} />
    </span>
    <span class="brand-name">{name}</span>
  </>
)
