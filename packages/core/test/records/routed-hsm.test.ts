import { describe, expect, it } from "vitest"
import { bareHsm, type KeyHsm, routedHsm } from "../../src/engine/hsms/routed-hsm.js"
import type { Binding } from "../../src/ports/bindings.js"
import type { Hsm } from "../../src/ports/hsm.js"

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value)
const bindingOf = (keyId: string) => ({ keyId }) as Binding
const aad = bytes("aad")

/** An HSM whose ciphertexts say where they were made; `null` is what it does not recognize. */
function namedHsm(name: string): Hsm {
  const of = (text: string) => bytes(`${name}(${text})`)
  return {
    generateKey: async ({ keyId }: Binding) => ({ token: of(keyId) }),
    encrypt: async ({ plaintext }: { plaintext: Uint8Array }) => of(textOf(plaintext) ?? ""),
    decrypt: async ({ ciphertext }: { ciphertext: Uint8Array }) => {
      const text = textOf(ciphertext) ?? ""
      return text.startsWith(`${name}(`) ? bytes(text.slice(name.length + 1, -1)) : undefined
    },
    reEncrypt: async ({ ciphertext }: { ciphertext: Uint8Array }) => {
      const text = textOf(ciphertext) ?? ""
      return text.startsWith(`${name}(`)
        ? of(`again ${text.slice(name.length + 1, -1)}`)
        : undefined
    },
    generateDataKey: async () => ({ plaintext: bytes("key"), ciphertext: of("key") }),
    generateDataKeyWithoutPlaintext: async () => of("key"),
    generateRandom: async () => bytes(`random of ${name}`),
    publicKey: async () => bytes(`public key of ${name}`),
  } as unknown as Hsm
}

const home = namedHsm("home")
const there = bareHsm("there", async (work) => work(namedHsm("there")))
const ofHome = bareHsm("home", (work) => work(home))
/** The HSM of the region, with something around it. */
const around: KeyHsm = {
  site: "home",
  use: (work) => work(home),
  close: async (_binding, context, inner) => bytes(`<${textOf(context)}:${textOf(inner)}>`),
  open: async (_binding, context, outer) => {
    const text = textOf(outer) ?? ""
    const start = `<${textOf(context)}:`
    return text.startsWith(start) ? bytes(text.slice(start.length, -1)) : undefined
  },
  notGenuine: () => {
    throw new Error("not genuine inside")
  },
}
const places: Readonly<Record<string, KeyHsm>> = { there, home: ofHome, around }
const hsm = routedHsm(home, there, ({ keyId }) => places[keyId] as KeyHsm)

const encrypt = async (keyId: string, text = "text") =>
  textOf(await hsm.encrypt({ binding: bindingOf(keyId), plaintext: bytes(text), aad } as never))
const decrypt = async (keyId: string, ciphertext: string, more: object = { aad }) => {
  const binding = bindingOf(keyId)
  return textOf(await hsm.decrypt({ binding, ciphertext: bytes(ciphertext), ...more } as never))
}
const reEncrypt = async (from: string, ciphertext: string, to: string) =>
  textOf(
    await hsm.reEncrypt(
      { binding: bindingOf(from), ciphertext: bytes(ciphertext), aad } as never,
      { binding: bindingOf(to), aad: bytes("other") } as never,
    ),
  )

describe("a key is used where it is", () => {
  it.each([
    ["home", "home(text)"],
    ["there", "there(text)"],
    ["around", "<aad:home(text)>"],
  ])("and what is around it is around its ciphertexts: %s", async (keyId, ciphertext) => {
    expect(await encrypt(keyId)).toBe(ciphertext)
    expect(await decrypt(keyId, ciphertext)).toBe("text")
  })

  it("and what was not made there is not genuine", async () => {
    expect(await decrypt("there", "home(text)")).toBeUndefined()
    expect(await decrypt("around", "home(text)")).toBeUndefined()
    await expect(decrypt("around", "<aad:there(text)>")).rejects.toThrow("not genuine inside")
    // A key pair authenticates nothing else.
    expect(await decrypt("around", "<:home(text)>", {})).toBe("text")
  })

  it("and is generated there, with data keys under it", async () => {
    for (const [keyId, token, ciphertext] of [
      ["home", "home(home)", "home(key)"],
      ["there", "there(there)", "there(key)"],
      ["around", "home(around)", "<aad:home(key)>"],
    ] as const) {
      const binding = bindingOf(keyId)
      const made = await hsm.generateKey(binding)
      expect(textOf((made as unknown as { token: Uint8Array }).token)).toBe(token)
      const dataKey = await hsm.generateDataKey({ binding, aad } as never)
      expect([textOf(dataKey.plaintext), textOf(dataKey.ciphertext)]).toEqual(["key", ciphertext])
      const sealed = await hsm.generateDataKeyWithoutPlaintext({ binding, aad } as never)
      expect(textOf(sealed)).toBe(ciphertext)
    }
  })

  it("and what is about no key comes from the HSM that is meant for that", async () => {
    expect(textOf(await hsm.generateRandom(8))).toBe("random of there")
    expect(textOf(await hsm.publicKey({} as never))).toBe("public key of home")
  })
})

describe("a ciphertext comes under another key", () => {
  it.each([
    ["of one site, without leaving it", "home", "home(text)", "home", "home(again text)"],
    [
      "of one site, with something around it",
      "home",
      "home(text)",
      "around",
      "<other:home(again text)>",
    ],
    [
      "of one site, without what was around it",
      "around",
      "<aad:home(text)>",
      "home",
      "home(again text)",
    ],
    ["of another site, through the host", "home", "home(text)", "there", "there(text)"],
    [
      "of another site, out of what is around it",
      "around",
      "<aad:home(text)>",
      "there",
      "there(text)",
    ],
  ])("%s", async (_, from, ciphertext, to, again) => {
    expect(await reEncrypt(from, ciphertext, to)).toBe(again)
  })

  it("unless it is not genuine", async () => {
    expect(await reEncrypt("home", "there(text)", "home")).toBeUndefined()
    expect(await reEncrypt("home", "there(text)", "there")).toBeUndefined()
    expect(await reEncrypt("around", "home(text)", "home")).toBeUndefined()
    await expect(reEncrypt("around", "<aad:there(text)>", "home")).rejects.toThrow(
      "not genuine inside",
    )
  })

  it("and its plaintext is wiped where it passed through the host", async () => {
    const seen: Uint8Array[] = []
    const from = bareHsm("from", async (work) =>
      work({
        ...home,
        decrypt: async () => {
          const plaintext = bytes("secret")
          seen.push(plaintext)
          return plaintext
        },
      } as unknown as Hsm),
    )
    const failing = bareHsm("to", async () => {
      throw new Error("unavailable")
    })
    for (const to of [there, failing]) {
      const routed = routedHsm(home, there, ({ keyId }) => (keyId === "from" ? from : to))
      const target = { binding: bindingOf("to"), aad } as never
      const source = { binding: bindingOf("from"), ciphertext: bytes("x"), aad } as never
      await Promise.resolve(routed.reEncrypt(source, target)).catch(() => undefined)
    }
    expect(seen.map(textOf)).toEqual(["\0".repeat(6), "\0".repeat(6)])
  })
})
