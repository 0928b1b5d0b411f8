import { createSecretKey, type KeyObject } from "node:crypto"
import process from "node:process"

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

/** From 24.18 on, Node 24 takes up to eight times as long for a key that is bytes. */
const areBytesSlow = major === 24 && minor >= 18

/**
 * A secret key in the form in which node:crypto is quickest with it. To make a key object for one
 * use costs more than it saves, and nobody can say when its memory is cleared.
 */
export const keyOf = (bytes: Uint8Array): KeyObject | Uint8Array =>
  areBytesSlow ? createSecretKey(bytes) : bytes
