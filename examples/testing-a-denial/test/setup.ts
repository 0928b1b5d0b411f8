import { recordPolicyCoverage } from "@keywright/testing/vitest"

recordPolicyCoverage()
