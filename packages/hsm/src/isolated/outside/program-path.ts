import { createRequire } from "node:module"

/** The program that a boundary runs, as it is shipped: also where this file is not. */
export const programPath = (): string =>
  createRequire(import.meta.url).resolve("@keywright/hsm/isolated-program")
