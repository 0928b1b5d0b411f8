import { readFile } from "node:fs/promises"
import { type DocumentKind, documentKinds, lint } from "@keywright/policy"
import { argument, type CommandRow, keyIn, type OpenWork, textOf, UsageError } from "./row.js"
import { badNews, dateOf, type Found } from "./show.js"

async function listGrants(work: OpenWork): Promise<Found> {
  const KeyId = await keyIn(work, 0)
  const grants = []
  let Marker: string | undefined
  do {
    const page = await work.client.listGrants({ KeyId, Marker, Limit: 100 })
    grants.push(...(page.Grants ?? []))
    Marker = page.NextMarker
  } while (Marker !== undefined)
  const rows = grants.map(({ GrantId, GranteePrincipal, Operations, CreationDate, Name }) => [
    GrantId ?? "",
    GranteePrincipal ?? "",
    (Operations ?? []).join(" "),
    dateOf(CreationDate),
    Name ?? "",
  ])
  const columns = ["GrantId", "GranteePrincipal", "Operations", "CreationDate", "Name"]
  return { value: grants, table: [columns, ...rows] }
}

/** What an operation must be given besides a key, where any will do. */
const anyInput: Readonly<Record<string, object>> = {
  Encrypt: { Plaintext: Uint8Array.of(0) },
  GenerateDataKey: { KeySpec: "AES_256" },
  GenerateDataKeyWithoutPlaintext: { KeySpec: "AES_256" },
}

/** Members that are bytes, and in JSON Base64. */
const blobs =
  /^(?:CiphertextBlob|Message|Plaintext|PublicKey|Signature|Mac|ImportToken|EncryptedKeyMaterial)$/

const bytesOf = (base64: string): Uint8Array =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

/** The input of a call: JSON, or what names a key. */
function inputOf(operation: string, text: string | undefined): unknown {
  if (text === undefined) return {}
  if (!text.trimStart().startsWith("{")) return { ...anyInput[operation], KeyId: text }
  try {
    return JSON.parse(text, (name, value) =>
      blobs.test(name) && typeof value === "string" ? bytesOf(value) : value,
    )
  } catch {
    throw new UsageError("the input is no JSON")
  }
}

function kindOf(text: string): DocumentKind {
  const kind = documentKinds.find((one) => one === text)
  if (kind !== undefined) return kind
  throw new UsageError(`--kind must be one of ${documentKinds.join(", ")}`)
}

export const accessRows: readonly CommandRow[] = [
  {
    name: "list-grants",
    args: ["<key>"],
    about: "the grants on a key",
    opens: true,
    run: listGrants,
  },
  {
    name: "get-key-policy",
    args: ["<key>"],
    about: "the policy of a key",
    opens: true,
    run: async (work) => {
      const { Policy = "" } = await work.client.getKeyPolicy({ KeyId: await keyIn(work, 0) })
      const value: unknown = JSON.parse(Policy)
      return { value, text: JSON.stringify(value, undefined, 2) }
    },
  },
  {
    name: "put-key-policy",
    args: ["<key>", "<file>"],
    about: "gives a key the policy in a file",
    opens: true,
    run: async (work) => {
      const [KeyId, file] = [await keyIn(work, 0), argument(work, 1)]
      await work.client.putKeyPolicy({ KeyId, Policy: await readFile(file, "utf8") })
      return { value: { KeyId }, text: `${KeyId} has the policy in ${file}` }
    },
  },
  {
    name: "explain",
    args: ["<principal>", "<operation>", "[input]"],
    about: "why a call would be allowed or refused; the input is a key or JSON",
    opens: true,
    run: async (work) => {
      const [principal, operation] = [argument(work, 0), argument(work, 1)]
      const explained = await work.kms.explain(
        principal,
        operation,
        inputOf(operation, work.args[2]),
      )
      return {
        value: explained,
        text: explained.text,
        exitCode: explained.effect === "allow" ? 0 : badNews,
      }
    },
  },
  {
    name: "lint-policy",
    args: ["<file>"],
    about: "what is wrong with a policy, and what is not what it seems",
    options: [["--kind <kind>", "keyPolicy, identityPolicy, … (default: keyPolicy)"]],
    opens: false,
    run: async (work) => {
      const text = await readFile(argument(work, 0), "utf8")
      const kind = kindOf(textOf(work, "kind") ?? "keyPolicy")
      const account = textOf(work, "account")
      const findings = lint(text, kind, account === undefined ? {} : { account })
      const rows = findings.map(({ line, column, severity, code, message }) => [
        `${line}:${column}`,
        severity,
        code,
        message,
      ])
      return {
        value: findings,
        ...(findings.length === 0 ? { text: "nothing to say" } : { table: rows }),
        exitCode: findings.some(({ severity }) => severity === "error") ? badNews : 0,
      }
    },
  },
]
