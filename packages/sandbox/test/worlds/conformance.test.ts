/** Our own clients read ten thousand items of the sandbox. */
import { describeClients } from "../conformance.js"

describeClients(10_000)
