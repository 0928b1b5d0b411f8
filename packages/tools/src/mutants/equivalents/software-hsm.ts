import { alike, type Equivalent } from "./equivalent.js"

const hsm = "packages/core/src/software-hsm"

const saved = "it saves work: what is remembered is compared as a whole, and made again otherwise"

export const inSoftwareHsm: readonly Equivalent[] = [
  ...alike(`${hsm}/boundary/domain.ts`, saved, ["if (one !== undefined) return one", "false"]),
  ...alike(`${hsm}/boundary/token-slots.ts`, saved, [
    "export const numberOf = (token: Uint8Array): number => token[token.length - 1] ?? 0",
    "() => undefined",
    "token[token.length - 1] && 0",
    "token.length + 1",
  ]),
  ...alike(`${hsm}/boundary/open-keys.ts`, saved, [
    "known.note(token, number, { binding: { ...binding }, headerBytes: headerBytes.slice(), aad })",
    "{}",
  ]),
  ...alike(`${hsm}/boundary/open-keys.ts`, "a name may be longer: what it finds is compared", [
    "const nameOf = (token: Uint8Array): string => String.fromCharCode(...token.subarray(-16))",
    "+16",
  ]),
  ...alike(
    `${hsm}/boundary/message-cipher.ts`,
    "no suite opens less than a tag: it saves the work",
    ["if (message.length < prefixBytes + tagBytes) return undefined", "false"],
  ),
  ...alike(`${hsm}/seals/root-key-seal.ts`, "it is the end of the function, which answers so", [
    "} catch {",
    "{}",
  ]),
  ...alike(
    `${hsm}/methods/transfers.ts`,
    "for the compiler alone: its token opens for no offer that this domain has not written",
    ["const offer = parseOffer(request.offer)?.value", "parseOffer(request.offer).value"],
  ),
  ...alike(
    `${hsm}/methods/transfers.ts`,
    "for the compiler alone: without an offer there are no shared secrets",
    ["if (offer === undefined || shared === undefined) return undefined", "false"],
  ),
]
