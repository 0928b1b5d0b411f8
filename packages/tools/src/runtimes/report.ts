/** What a runtime says of itself. */
export interface Report {
  readonly version?: string
  readonly passed: number
  readonly failures: readonly string[]
  /** What it wrote, for others to open. */
  readonly messages: readonly { readonly suite: string; readonly message: string }[]
  /** The keys that it has made and used. */
  readonly specs: readonly { readonly KeySpec: string; readonly KeyUsage: string }[]
}

/** A report of nothing but this. */
export const failure = (words: string): Report => ({
  passed: 0,
  failures: [words],
  messages: [],
  specs: [],
})

/** A place where the round trips can run. */
export interface Runtime {
  readonly name: string
  /** Which of the bundled programs it runs. */
  readonly program: "console" | "page" | "worker"
  /** Makes it ready in a folder of its own; rejects when it cannot be had. */
  install(folder: string): Promise<void>
  run(folder: string, program: string): Promise<Report>
}
