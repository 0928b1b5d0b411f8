import { fileURLToPath } from "node:url"

/** The root of the repository, seen from `packages/tools/src` and `packages/tools/dist` alike. */
export const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[\\/]$/, "")
