/** The same of figures, the CRM, queues, notes and partners: a file of its own, so that it runs beside the other. */
import { describeTeamRecords } from "../fixtures/derivedTeam.js"

describeTeamRecords(1000)
