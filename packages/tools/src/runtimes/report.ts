/** What a runtime says of itself. */
export interface Report {
  readonly passed: number
  readonly failures: readonly string[]
  /** What it wrote, for others to open. */
  readonly messages: readonly { readonly suite: string; readonly message: string }[]
}

/** A place where the round trips can run. */
export interface Runtime {
  readonly name: string
  /** Which of the bundled programs it runs. */
  readonly program: "console" | "page"
  /** Makes it ready in a folder of its own; rejects when it cannot be had. */
  install(folder: string): Promise<void>
  run(folder: string, program: string): Promise<Report>
}
