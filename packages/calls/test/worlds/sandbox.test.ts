/** Rows of a whole world whose answers are disturbed. */
import { describeWorld } from "../wholeWorld.js"

describeWorld("flaky")
