import { describe, expect, it } from "vitest"
import { encodeFields } from "../../src/formats/fields.js"
import { encodeGrantToken, parseGrantToken } from "../../src/formats/opaque/grant-token.js"
import { encodeImportToken, parseImportToken } from "../../src/formats/opaque/import-token.js"
import { grantPointerFormat } from "../../src/formats/stored/grant-records.js"
import { aliasRecordFormat, domainRecordFormat } from "../../src/formats/stored/key-records.js"
import type { RecordFormat } from "../../src/formats/stored/record-format.js"
import { base64Of } from "../../src/vocabulary/base64.js"
import { concatBytes, hexOf, textOf, utf8 } from "../../src/vocabulary/bytes.js"

const mark = Uint8Array.of(0xef, 0xbb, 0xbf)
const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab"
const account = "111122223333"

describe("a byte-order mark", () => {
  it("is a character like others in text that is read", () => {
    const marked = concatBytes(mark, utf8("text"), mark)
    expect(hexOf(utf8(textOf(marked)))).toBe(hexOf(marked))
  })

  it("makes no import token, wherever it stands", () => {
    const binding = {
      partition: "aws",
      account,
      keyId,
      wrappingKeySpec: "RSA_2048",
      wrappingAlgorithm: "RSAES_OAEP_SHA_256",
      validToMs: 1_800_000_000_000,
    } as const
    const token = new Uint8Array(100).fill(7)
    const bytes = encodeImportToken({ token, binding })
    expect(parseImportToken(bytes)).toEqual({ token, binding })
    const fields = [...Object.values(binding).map(String), token].map((field) =>
      typeof field === "string" ? utf8(field) : field,
    )
    const prefix = bytes.slice(0, 3)
    expect(hexOf(encodeFields(fields, prefix))).toBe(hexOf(bytes))
    for (let i = 0; i < fields.length - 1; i += 1) {
      const marked = fields.with(i, concatBytes(mark, fields[i] as Uint8Array))
      const parsed = parseImportToken(encodeFields(marked, prefix))
      // A partition is any text, and is compared with that of the engine.
      expect(parsed?.binding.partition).toBe(i === 0 ? "\ufeffaws" : undefined)
    }
  })

  it("makes no grant token, wherever it stands", () => {
    const name = { account, keyId, grantId: "ab".repeat(32) }
    const nonce = new Uint8Array(16)
    expect(parseGrantToken(encodeGrantToken(name, nonce))).toEqual(name)
    const texts = Object.values(name)
    for (let i = 0; i < texts.length; i += 1) {
      const fields = [...texts.with(i, `\ufeff${texts[i]}`), nonce]
      const marked = base64Of(encodeFields(fields, Uint8Array.of(0x4b, 0x47, 0x01)))
      expect(parseGrantToken(marked)).toBeUndefined()
    }
  })
})

describe("a stored record", () => {
  const alias = { account, name: "alias/orders", keyId, createdMs: 1, updatedMs: 2 }
  const domain = { name: "aws/eu-central-1", sealedState: Uint8Array.of(1, 2, 3, 4) }
  const formats: readonly (readonly [string, RecordFormat<never>, unknown])[] = [
    ["alias", aliasRecordFormat as RecordFormat<never>, alias],
    ["domain", domainRecordFormat("domain") as RecordFormat<never>, domain],
  ]

  it.each(formats)("is read only as it is written: %s", (_, format, value) => {
    const key = format.keyOf(value as never)
    const text = textOf(format.encode(value as never))
    expect(format.decode(utf8(text), key)).toEqual(value)
    const [, first = ""] = /"value":\{("[a-zA-Z]+":"[^"]*")/.exec(text) ?? []
    const others = [
      `\ufeff${text}`,
      ` ${text}`,
      `${text}\n`,
      text.replace(",", ", "),
      text.replace('"v":1', '"v":1.0'),
      text.replace('"v":1', '"v":1,"v":1'),
      text.replace('"value":{', `"value":{${first},`),
      text.replace(`${first},`, "").replace("}}", `,${first}}}`),
      text.replace('"value":{"', '"value":{"\\u0061'),
      text.replace(
        first,
        first.replace(/"(.)/, (_all, letter: string) => `"\\u00${hexOf(utf8(letter))}`),
      ),
    ]
    for (const other of others) {
      expect(other).not.toBe(text)
      expect(() => format.decode(utf8(other), key), other).toThrow(/record/)
    }
  })

  it("that points to a grant is read only as it is written", () => {
    const places = ["o", "s", "a"].map((kind) => `${kind}${"1".repeat(15)}/`).join("")
    const pointer = `grant/${account}/${keyId}/${"0".repeat(32)}/${places}${"ab".repeat(32)}`
    expect(grantPointerFormat.decode(utf8(pointer), "x").grantKey).toBe(pointer)
    for (const other of [`\ufeff${pointer}`, `${pointer}\n`, ` ${pointer}`]) {
      expect(() => grantPointerFormat.decode(utf8(other), "x")).toThrow("does not parse")
    }
  })
})
