/** A reply whose members are looked at one by one. */
export type Reply = Record<string, unknown>

/** The blob of a reply, which must be there. */
export function blobIn(reply: object, member = "CiphertextBlob"): Uint8Array {
  const value = (reply as Reply)[member]
  if (!(value instanceof Uint8Array)) throw new Error(`the reply has no ${member}`)
  return value
}
