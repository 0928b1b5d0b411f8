import type { Session } from "../../src/pkcs11/connection.js"
import type { Cryptoki, Handle } from "../../src/pkcs11/cryptoki.js"

// A library that says what a test wants.

export type Fakes = { readonly [Name in keyof Cryptoki]?: (...args: never[]) => unknown }

export const handleOf = (name: string): Handle => Buffer.from(name)

export const tokenError = (code: number): Error =>
  Object.assign(new Error("CKR"), { name: "Pkcs11Error", code })

/** A session of a library that notes what it is asked. */
export function session(fakes: Fakes = {}) {
  const asked: [name: string, ...args: unknown[]][] = []
  const cryptoki = new Proxy({} as Cryptoki, {
    get: (_, name: keyof Cryptoki) => {
      const act = fakes[name]
      return (...args: never[]) => {
        asked.push([name, ...args])
        return act?.(...args)
      }
    },
  })
  const its: Session = { cryptoki, handle: handleOf("session"), login: {} }
  return { asked, cryptoki, session: its, names: () => asked.map(([name]) => name) }
}
