import { utf8 } from "./body.js"
import {
  blob,
  type CodecOf,
  codecsOf,
  type Dialect,
  inconvertible,
  isThere,
  type JsonCodec,
  ofJson,
  text,
  timestamp,
} from "./json-codec.js"

/*
 * The values of a schema in other forms than JSON. Only `decode` differs.
 */

/** What a client would have written as JSON and a service read: text is taken for its bytes. */
const handedBlob: JsonCodec = {
  ...blob,
  decode: (value) => {
    if (value instanceof Uint8Array) return new Uint8Array(value)
    if (typeof value === "string") return utf8(value)
    throw inconvertible(value, "a Blob")
  },
}

const handedTimestamp: JsonCodec = {
  ...timestamp,
  decode: (value) => {
    if (!(value instanceof Date)) throw inconvertible(value, "milliseconds since epoch")
    return timestamp.decode(value.getTime() / 1000)
  },
}

const ofHanded: Dialect = {
  ...ofJson,
  blob: handedBlob,
  timestamp: handedTimestamp,
  takesItem: isThere,
}

/** The same for the values that a client would have written: `decode` copies what it takes. */
export const handedCodecOf: CodecOf = codecsOf(ofHanded)

const typedBlob: JsonCodec = {
  ...blob,
  decode: (value) => {
    if (value instanceof Uint8Array) return value
    throw inconvertible(value, "a Blob")
  },
}

/** The same for what was written with its type, as in CBOR: nothing is taken for something else. */
export const typedCodecOf: CodecOf = codecsOf({
  ...ofJson,
  blob: typedBlob,
  timestamp: handedTimestamp,
  mapText: text,
})

/** A scalar in a form, where everything is text. */
const inForm = (codec: JsonCodec, kind: string, form: RegExp): JsonCodec => ({
  ...codec,
  decode: (value) => {
    const isOne = typeof value === "string" && form.test(value)
    if (!isOne) throw inconvertible(value, kind)
    return codec.decode(JSON.parse(value))
  },
})

const formTimestamp: JsonCodec = {
  ...timestamp,
  decode: (value) => {
    const isOne = typeof value === "string" && isoTime.test(value)
    const milliseconds = isOne ? Date.parse(value) : Number.NaN
    if (Number.isNaN(milliseconds)) throw inconvertible(value, "milliseconds since epoch")
    return new Date(milliseconds)
  },
}

/** Source: RFC 3339; Smithy 2.0 documentation, "AWS query protocol". */
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/

/** The same for a form: numbers, truth and times are text, blobs are Base64. */
export const formCodecOf: CodecOf = codecsOf({
  ...ofJson,
  number: inForm(ofJson.number, "an Integer", /^-?(?:0|[1-9]\d{0,14})$/),
  boolean: inForm(ofJson.boolean, "a Boolean", /^(?:true|false)$/),
  timestamp: formTimestamp,
  mapText: text,
})
