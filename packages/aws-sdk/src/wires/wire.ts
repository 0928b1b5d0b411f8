import type { OperationCodecs } from "../codecs.js"
import type { HttpRequest, HttpResponse } from "../http.js"

/** A form in which calls and replies go over a wire. */
export interface Wire {
  /** The operation that a request asks for; `undefined` where it asks for none in this form. */
  operationOf(request: HttpRequest): string | undefined
  /**
   * Reads an input as far as it can be without knowing who asks, and answers a function that reads
   * the rest. Both throw `SerializationException`.
   */
  read(request: HttpRequest, body: string | Uint8Array, codecs: OperationCodecs): () => unknown
  reply(requestId: string, reply: object, codecs: OperationCodecs): HttpResponse
  /** The reply that says what went wrong, from which clients make their exceptions. */
  refusal(requestId: string, refusal: Refusal): HttpResponse
}

export interface Refusal {
  readonly status: number
  readonly name: string
  /** Empty where AWS has none. */
  readonly message: string
}

/** The name of an operation, as it may stand in a request. */
export const operationName = "[A-Za-z]{1,64}"
