import type { DocumentReference, GrantReference } from "../vocabulary/decision.js"
import type { ContextValue } from "../vocabulary/types.js"

/** One change of the request. */
export type RequestChange =
  | { readonly change: "setContext"; readonly key: string; readonly value: ContextValue }
  | { readonly change: "removeContext"; readonly key: string }
  | {
      readonly change: "setEncryptionContext"
      readonly encryptionContext: { readonly [name: string]: string }
    }

/** One change of a policy. */
export type PolicyChange =
  | {
      readonly change: "addStatement"
      readonly to: DocumentReference
      readonly statement: { readonly [element: string]: unknown }
    }
  | { readonly change: "removeStatement"; readonly from: DocumentReference }
  | { readonly change: "removeGrant"; readonly grant: GrantReference }

export type Change = RequestChange | PolicyChange

export const isPolicyChange = (change: Change): change is PolicyChange =>
  change.change === "addStatement" ||
  change.change === "removeStatement" ||
  change.change === "removeGrant"

export function describeChange(change: Change): string {
  switch (change.change) {
    case "setContext":
      return `send ${change.key} = ${[change.value].flat().join(", ")}`
    case "removeContext":
      return `send no ${change.key}`
    case "setEncryptionContext":
      return `use the encryption context ${JSON.stringify(change.encryptionContext)}`
    case "addStatement":
      return `add ${JSON.stringify(change.statement)} to ${describeDocument(change.to)}`
    case "removeStatement": {
      const { statement, sid } = change.from
      const name = sid === undefined ? "" : ` "${sid}"`
      return `remove statement ${statement}${name} from ${describeDocument(change.from)}`
    }
    case "removeGrant":
      return `retire grant ${change.grant.grantId}`
  }
}

const describeDocument = ({ document, index, target }: DocumentReference): string =>
  `${document} ${index}${target === undefined ? "" : ` at ${target}`}`
