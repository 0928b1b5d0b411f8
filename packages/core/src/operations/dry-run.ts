import * as z from "zod/mini"

interface DryRunnable {
  readonly DryRun?: boolean | undefined
  readonly DryRunModifiers?: readonly string[] | undefined
}

/** The member of every operation that can be tried without being done. */
export const dryRun = () => ({ DryRun: z.optional(z.boolean()) })

/** Whether this is a dry run that leaves the ciphertext alone. */
export const ignoresCiphertext = (input: DryRunnable): boolean =>
  input.DryRun === true && (input.DryRunModifiers?.includes("IGNORE_CIPHERTEXT") ?? false)

/** The member is there, or is not needed for this kind of call. */
const isGiven = (input: unknown, member: string): boolean =>
  (input as Readonly<Record<string, unknown>>)[member] !== undefined

/** Runs also when other members have failed, so that one message names all failures. */
const always = { when: ({ value }: { value: unknown }) => typeof value === "object" }

/** The ciphertext may be missing only where it is ignored; then the key must be named. */
export const withCiphertextUnlessIgnored = <Schema extends z.ZodMiniObject>(
  schema: Schema,
  keyMember: string,
): Schema =>
  schema.check(
    z.refine((input) => ignoresCiphertext(input) || isGiven(input, "CiphertextBlob"), {
      path: ["CiphertextBlob"],
      ...always,
    }),
    z.refine((input) => !ignoresCiphertext(input) || isGiven(input, keyMember), {
      path: [keyMember],
      ...always,
    }),
  )
