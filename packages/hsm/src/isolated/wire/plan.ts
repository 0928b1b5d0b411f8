import {
  bytes,
  type Codec,
  list,
  number,
  oneMember,
  optional,
  record,
  tagged,
  text,
  word,
} from "./codecs.js"

/** What seals the domain, as data: the seal itself is made inside of the boundary. */
export type SealPlan =
  /** 32 bytes. */
  | { readonly rootKey: Uint8Array }
  /** The absolute path of a file of 32 bytes, which only the boundary reads. */
  | { readonly rootKeyFile: string }
  | { readonly passphrase: string }
  /** Of a root key, see `splitRootKey`: as many as make it, or more. */
  | { readonly shares: readonly string[] }

/** The software HSM, as data. */
export interface SoftwarePlan {
  readonly suite: "openssl" | "noble"
  readonly seal: SealPlan
  /** See `SoftwareHsmOptions`. */
  readonly formerSeals?: readonly SealPlan[]
  /** By the clock and the timer of the boundary. */
  readonly keepOpen?: { readonly ms: number; readonly keysMax: number }
}

/** Any HSM: a module whose `makeHsm` gets the setup and returns a `RegionHsm`. */
export interface ModulePlan {
  /** The URL of the module. */
  readonly module: URL | string
  /** What `makeHsm` gets, in a form of its own; wiped once it has returned. Default: no bytes. */
  readonly setup?: Uint8Array
}

/** The HSM that stands there already, behind a boundary that others have started. */
export interface GivenPlan {
  /** What its maker gets; wiped once it has returned. */
  readonly setup: Uint8Array
}

/** The HSM that stands behind the boundary. */
export type HsmPlan = SoftwarePlan | ModulePlan | GivenPlan

/** A plan with all its members, as it travels. */
export type FullPlan =
  | { readonly kind: "software"; readonly software: Required<SoftwareMembers> }
  | { readonly kind: "module"; readonly url: string; readonly setup: Uint8Array }
  | { readonly kind: "given"; readonly setup: Uint8Array }

interface SoftwareMembers extends Omit<SoftwarePlan, "keepOpen"> {
  readonly keepOpen: SoftwarePlan["keepOpen"] | undefined
}

export function fullPlan(plan: HsmPlan): FullPlan {
  if ("module" in plan) {
    const { module, setup = new Uint8Array(0) } = plan
    return { kind: "module", url: String(module), setup }
  }
  if ("setup" in plan) return { kind: "given", setup: plan.setup }
  const { suite, seal, formerSeals = [], keepOpen } = plan
  return { kind: "software", software: { suite, seal, formerSeals, keepOpen } }
}

const seal: Codec<SealPlan> = oneMember<SealPlan>({
  rootKey: bytes,
  rootKeyFile: text,
  passphrase: text,
  shares: list(text),
})

export const planCodec: Codec<FullPlan> = tagged<"kind", FullPlan>("kind", {
  software: record({
    software: record<Required<SoftwareMembers>>({
      suite: word(["openssl", "noble"]),
      seal,
      formerSeals: list(seal),
      keepOpen: optional(record({ ms: number, keysMax: number })),
    }),
  }),
  module: record({ url: text, setup: bytes }),
  given: record({ setup: bytes }),
})
