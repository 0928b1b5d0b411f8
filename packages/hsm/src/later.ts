/** The same methods, whose answers have a way to come. */
export type Later<Any> = {
  readonly [Name in keyof Any]: Any[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : Any[Name]
}
