export { recordPolicyCoverage } from "./coverage/record-in-vitest.js"
