/** The kinds of document that take part in a decision. */
export const documentKinds = Object.freeze([
  "keyPolicy",
  "identityPolicy",
  "permissionsBoundary",
  "sessionPolicy",
  "scp",
  "rcp",
  "vpcEndpointPolicy",
] as const)

export type DocumentKind = (typeof documentKinds)[number]

/** A place in a document. `line` and `column` start at 1 and exist for documents given as text. */
export interface Place {
  readonly path: string
  readonly line?: number
  readonly column?: number
}

/** Why a document cannot be read. */
export interface DocumentProblem extends Place {
  readonly code: string
  readonly message: string
}
