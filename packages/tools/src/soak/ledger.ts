import type { Kms } from "@keywright/core"
import type { FromHost } from "./messages.js"

/** What hosts were promised, and whether it was kept. */
export interface Ledger {
  note(host: string, message: FromHost): void
  /** The keys of a host that are not about to go. */
  keysOf(host: string): readonly string[]
  /** How many promises there are. */
  count(): number
  /** Looks for everything that was acknowledged; answers what is lost. */
  audit(kms: Kms): Promise<readonly string[]>
}

interface Sealed {
  readonly host: string
  readonly text: string
  readonly blob: string
}

export function createLedger(): Ledger {
  const sealed = new Map<string, Sealed>()
  const tags = new Map<string, { readonly keyId: string; readonly tag: string }>()
  const dropped = new Set<string>()

  const lostText = async (kms: Kms, keyId: string, { text, blob }: Sealed) => {
    const root = kms.as(kms.administrator)
    try {
      // A host may have been killed between disabling a key and enabling it again.
      await root.enableKey({ KeyId: keyId })
      const CiphertextBlob = Uint8Array.from(Buffer.from(blob, "base64"))
      const { Plaintext } = await root.decrypt({ CiphertextBlob })
      if (new TextDecoder().decode(Plaintext) === text) return undefined
      return `what key ${keyId} opens is not what was sealed`
    } catch (error) {
      return `key ${keyId} does not open what it sealed: ${error}`
    }
  }
  const lostTag = async (kms: Kms, keyId: string, tag: string) => {
    const root = kms.as(kms.administrator)
    try {
      const { Tags = [] } = await root.listResourceTags({ KeyId: keyId })
      if (Tags.some(({ TagKey }) => TagKey === tag)) return undefined
      return `key ${keyId} has lost the tag ${tag}`
    } catch (error) {
      return `key ${keyId} does not show its tags: ${error}`
    }
  }

  return {
    note: (host, message) => {
      if (message.kind === "sealed") sealed.set(message.keyId, { host, ...message })
      if (message.kind === "dropping") dropped.add(message.keyId)
      if (message.kind === "tagged") tags.set(`${message.keyId} ${message.tag}`, message)
    },
    keysOf: (host) =>
      [...sealed].flatMap(([id, one]) => (one.host === host && !dropped.has(id) ? [id] : [])),
    count: () => sealed.size + tags.size,
    audit: async (kms) => {
      const losses: (string | undefined)[] = []
      for (const [keyId, one] of sealed) {
        if (!dropped.has(keyId)) losses.push(await lostText(kms, keyId, one))
      }
      for (const { keyId, tag } of tags.values()) {
        if (!dropped.has(keyId)) losses.push(await lostTag(kms, keyId, tag))
      }
      return losses.filter((loss) => loss !== undefined)
    },
  }
}
