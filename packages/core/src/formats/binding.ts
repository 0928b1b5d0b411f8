import type { Binding, KeyBinding } from "../ports/bindings.js"

/** In the order in which every format writes them. */
const keyMembers = [
  "partition",
  "account",
  "keyId",
  "keySpec",
  "keyUsage",
  "origin",
  "keyStoreId",
  "xksKeyId",
] as const satisfies readonly (keyof KeyBinding)[]

/** How many fields {@link keyBindingFields} are. */
export const keyBindingFieldsCount = keyMembers.length

/** What is absent has no characters, so nothing else may. */
function textOfMember(text: string | undefined): string {
  if (text === "") throw new TypeError("`binding` must not have empty members")
  return text ?? ""
}

/** The members that all materials of a key share, as fields of a format. */
export const keyBindingFields = (binding: KeyBinding): readonly string[] =>
  keyMembers.map((member) => textOfMember(binding[member]))

/** The inverse. Which specs, usages and origins there are is for the reader to know. */
export const keyBindingFrom = (texts: readonly string[]): KeyBinding =>
  Object.fromEntries(
    keyMembers.map((member, i) => [member, texts[i] || undefined]),
  ) as unknown as KeyBinding

/** All members. */
export const bindingFields = (binding: Binding): readonly string[] => [
  ...keyBindingFields(binding),
  textOfMember(binding.keyMaterialId),
]

/** Whether two bindings are of the same KMS key. Written out, because each use of a key asks it. */
export const sameKey = (a: KeyBinding, b: KeyBinding): boolean =>
  a.partition === b.partition &&
  a.account === b.account &&
  a.keyId === b.keyId &&
  a.keySpec === b.keySpec &&
  a.keyUsage === b.keyUsage &&
  a.origin === b.origin &&
  a.keyStoreId === b.keyStoreId &&
  a.xksKeyId === b.xksKeyId

export const sameBinding = (a: Binding, b: Binding): boolean =>
  a.keyMaterialId === b.keyMaterialId && sameKey(a, b)
