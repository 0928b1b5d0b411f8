import { EnvelopeError } from "../envelope-error.js"

/** Of a message that ends before its end. */
export const cut = (): EnvelopeError => new EnvelopeError("malformed", "the message was cut")

export const goesOn = (): EnvelopeError =>
  new EnvelopeError("malformed", "the message goes on behind its end")
