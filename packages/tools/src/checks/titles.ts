/** What vitest writes about each test, as far as titles go. */
export interface Titles {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string }[]
  }[]
}

/** A mark of the format of a title. */
const mark = /%(?:\d+\$)?[sdifjoOc](?!\w)/

/** Titles that print the mark and not what it stands for: such a name says nothing. */
export const titlesWithMarks = ({ testResults }: Titles): readonly string[] =>
  testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ fullName }) => fullName).filter((title) => mark.test(title)),
  )
