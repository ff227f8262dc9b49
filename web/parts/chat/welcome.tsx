/** What a page says about itself. */
export interface WelcomeMessages {
  readonly welcome: string
  readonly welcomeText: string
}

/** The options of {@link Welcome}. */
export interface WelcomeOptions {
  readonly messages: WelcomeMessages
  /** Questions to begin with. */
  readonly examples: readonly string[]
  /** Whether there is a model that can reply. */
  readonly isReady: boolean
  /** Called with the text of the example. */
  readonly onExample: (text: string) => void
}

/** What a new chat shows: what the page is for, and questions to begin with. */
export const Welcome = ({ messages, examples, isReady, onExample }: WelcomeOptions) => (
  <section class="welcome">
    <h2>{messages.welcome}</h2>
    <p>{messages.welcomeText}</p>
    <ul class="examples">
      {examples.map((text) => (
        <li key={text}>
          <button type="button" class="button" disabled={!isReady} onClick={() => onExample(text)}>
            {text}
          </button>
        </li>
      ))}
    </ul>
  </section>
)
