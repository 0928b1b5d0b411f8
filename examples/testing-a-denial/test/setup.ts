import { recordPolicyCoverage } from "@keywright/testing/vitest-coverage"

recordPolicyCoverage()
