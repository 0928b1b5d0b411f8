import { EnvelopeError } from "../envelope-error.js"
import type { KeySource } from "../keys/key-source.js"
import type { EncryptionContext } from "../message/encryption-context.js"
import type { Field, FieldOptions, RefreshAllOptions, RefreshedRow } from "./field.js"
import { type FieldForm, fieldBytesMax, forms, type SealedOf, type ValueOf } from "./sealed.js"
import { workAtOnce } from "./work-at-once.js"

/** What a field asks of an envelope whose context is never stored. */
export interface FieldMessages {
  encrypt(
    plaintext: Uint8Array,
    options: { readonly context: EncryptionContext },
  ): Promise<{ readonly message: Uint8Array }>
  decrypt(
    message: Uint8Array,
    options: { readonly expectContext: EncryptionContext },
  ): Promise<{ readonly plaintext: Uint8Array }>
}

/** The pairs of the column and those of one value. Throws `TypeError` for others than declared. */
function contextReader(context: EncryptionContext, perValue: readonly string[]) {
  const twice = perValue.find((name) => Object.hasOwn(context, name))
  if (twice !== undefined) throw new TypeError(`\`perValue\` and \`context\` both have ${twice}`)
  return (own: EncryptionContext = {}): EncryptionContext => {
    const names = Object.keys(own)
    if (names.length === perValue.length && perValue.every((name) => Object.hasOwn(own, name))) {
      return { ...context, ...own }
    }
    throw new TypeError(`the context of a value must have: ${perValue.join(", ") || "nothing"}`)
  }
}

/** Opens with the first keys that can; a refusal for any other reason is final. */
async function openWithAny(
  envelopes: readonly FieldMessages[],
  message: Uint8Array,
  expectContext: EncryptionContext,
) {
  let refusal: unknown
  for (const [age, envelope] of envelopes.entries()) {
    try {
      const { plaintext } = await envelope.decrypt(message, { expectContext })
      return { plaintext, isStale: age > 0 }
    } catch (error) {
      if (!(error instanceof EnvelopeError && error.reason === "keys")) throw error
      refusal ??= error
    }
  }
  throw refusal
}

/** `messagesUnder` makes an envelope of its own for these keys, or for the current ones. */
export function createField<Value extends FieldForm, Stored extends FieldForm, Name extends string>(
  options: FieldOptions<Value, Stored, Name>,
  messagesUnder: (requiredContext: readonly string[], keys?: KeySource) => FieldMessages,
): Field<ValueOf[Value], SealedOf[Stored], Name> {
  type Sealed = SealedOf[Stored]
  const valueForm = forms[options.value ?? ("text" as Value)]
  const storedForm = forms[options.stored ?? ("text" as Stored)]
  if (valueForm === undefined || storedForm === undefined) {
    throw new TypeError("`value` and `stored` must be text or bytes")
  }
  const { context: common, perValue = [], previous = [] } = options
  const contextOf = contextReader(common, perValue)
  const required = [...Object.keys(common), ...perValue]
  const current = messagesUnder(required)
  const all = [current, ...previous.map((keys) => messagesUnder(required, keys))]

  async function seal(value: unknown, own?: EncryptionContext): Promise<Sealed> {
    const context = contextOf(own)
    const plaintext = valueForm.encode(value)
    if (plaintext.length > fieldBytesMax / 2) {
      throw new EnvelopeError("limit", `a value may have ${fieldBytesMax / 2} bytes`)
    }
    const { message } = await current.encrypt(plaintext, { context })
    return storedForm.seal(message) as Sealed
  }

  async function read(stored: unknown, own?: EncryptionContext) {
    const context = contextOf(own)
    const message = storedForm.messageIn(stored)
    if (message === undefined) throw new EnvelopeError("malformed", "the value was not sealed")
    const { plaintext, isStale } = await openWithAny(all, message, context)
    return { value: valueForm.decode(plaintext) as ValueOf[Value], isStale }
  }

  async function refresh(stored: unknown, own?: EncryptionContext, which = "stale") {
    const { value, isStale } = await read(stored, own)
    if (!isStale && which === "stale") {
      return { value, sealed: stored as Sealed, isRenewed: false }
    }
    return { value, sealed: await seal(value, own), isRenewed: true }
  }

  const isSealed = (stored: unknown): stored is Sealed => storedForm.messageIn(stored) !== undefined

  function refreshAll<Row>(
    rows: Iterable<Row> | AsyncIterable<Row>,
    { stored, context, which = "stale", atOnce = 16 }: RefreshAllOptions<Row, Name>,
  ) {
    if (!Number.isSafeInteger(atOnce) || atOnce < 1)
      throw new RangeError("`atOnce` must be above 0")
    return workAtOnce(rows, atOnce, async (row): Promise<RefreshedRow<Row, Sealed> | undefined> => {
      try {
        const held = stored(row)
        if (held === undefined || held === null) return undefined
        const { sealed, isRenewed } = await refresh(held, context?.(row), which)
        return isRenewed ? { row, sealed } : undefined
      } catch (error) {
        return { row, error }
      }
    })
  }

  return Object.freeze<Field<ValueOf[Value], Sealed, Name>>({
    seal: (value, ...[own]) => seal(value, own),
    open: async (stored, ...[own]) => (await read(stored, own)).value,
    isSealed,
    requireSealed(stored) {
      if (isSealed(stored)) return stored
      throw new TypeError("the value was not sealed, and may not be stored")
    },
    refresh: (stored, ...[own]) => refresh(stored, own),
    refreshAll,
  })
}
