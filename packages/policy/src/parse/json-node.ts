/** A JSON value that knows where it stands: `at` is an offset in the text, or -1 without text. */
export type JsonNode =
  | { readonly type: "object"; readonly at: number; readonly members: readonly JsonMember[] }
  | { readonly type: "array"; readonly at: number; readonly items: readonly JsonNode[] }
  | { readonly type: "string"; readonly at: number; readonly value: string }
  | { readonly type: "number"; readonly at: number; readonly text: string }
  | { readonly type: "boolean"; readonly at: number; readonly value: boolean }
  | { readonly type: "null"; readonly at: number }

export interface JsonMember {
  readonly name: string
  /** Where the name stands. */
  readonly at: number
  readonly value: JsonNode
}

interface JsonFailure {
  readonly message: string
  readonly at: number
}

export type JsonResult =
  | { readonly ok: true; readonly node: JsonNode }
  | { readonly ok: false; readonly failure: JsonFailure }
