import { findRow } from "@keywright/core"
import { formCodecOf, handedCodecOf, typedCodecOf } from "./dialects.js"
import { type JsonCodec, jsonCodecOf } from "./json-codec.js"
import { ProtocolError } from "./protocol-errors.js"

/** The codecs of an operation, by the form of what they read; the reply's writes JSON. */
export interface OperationCodecs {
  readonly json: () => JsonCodec
  readonly reply: () => JsonCodec
  /** For an input that never was written. */
  readonly handed: () => JsonCodec
  /** For CBOR. */
  readonly typed: () => JsonCodec
  /** For the query of a request. */
  readonly form: () => JsonCodec
}

/**
 * Finds the codecs of an operation, each derived from its schemas when it is first used. Throws
 * `UnknownOperationException` for one that is not performed.
 */
export type FindCodecs = (operation: string) => OperationCodecs

function once<Value>(make: () => Value): () => Value {
  let value: Value | undefined
  return () => {
    value ??= make()
    return value
  }
}

export function createCodecs(): FindCodecs {
  const codecs = new Map<string, OperationCodecs>()
  const derive = (operation: string): OperationCodecs => {
    const row = findRow(operation)
    if (row === undefined) throw new ProtocolError("UnknownOperationException")
    return {
      json: once(() => jsonCodecOf(row.input())),
      reply: once(() => jsonCodecOf(row.reply())),
      handed: once(() => handedCodecOf(row.input())),
      typed: once(() => typedCodecOf(row.input())),
      form: once(() => formCodecOf(row.input())),
    }
  }
  return (operation) => {
    const known = codecs.get(operation) ?? derive(operation)
    codecs.set(operation, known)
    return known
  }
}
