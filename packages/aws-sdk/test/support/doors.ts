import { awsSdkHandler, awsSdkProtocol } from "../../src/index.js"

type Door = typeof awsSdkHandler

/** The two ways in. Whatever goes through one goes through the other alike. */
export const doors: readonly (readonly [name: string, door: Door])[] = [
  ["JSON", awsSdkHandler],
  ["its own protocol", awsSdkProtocol],
]
