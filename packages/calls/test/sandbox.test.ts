/** Rows of a whole world that answers calmly. */
import { describeWorld } from "./wholeWorld.js"

describeWorld("calm")
