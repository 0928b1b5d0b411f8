import { policyCoverageReporter } from "@keywright/testing/vitest-reporter"
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    setupFiles: ["test/setup.ts"],
    // Every statement has decided something, and no mistake in one would pass: or the run fails.
    reporters: [
      "default",
      policyCoverageReporter({ thresholds: { statements: 100, conditions: 100, mutants: 100 } }),
    ],
  },
})
