/** Spellings of one number meet, and a number tells its country. */
import { assert, describe, it } from "@effect/vitest"
import { Phone } from "@trunkline/calls"

const french = [
  "+33612345678",
  "+33 6 12 34 56 78",
  "+33 (0)6 12 34 56 78",
  "(+33) 6-12-34-56-78",
  "0033612345678",
  "0033-6.12.34.56.78",
  "00 33 (0)6 12 34 56 78",
  "33612345678",
  "tel:+33612345678",
  "tel:+33-6-12-34-56-78;ext=12",
  "+33612345678 ext. 4",
  "＋３３６１２３４５６７８",
  "+٣٣٦١٢٣٤٥٦٧٨"
]

describe("Phone", () => {
  it("spellings of one number have the same digits", () => {
    for (const spelling of french) assert.strictEqual(Phone.digits(spelling), "33612345678", spelling)
  })

  it("a number without its country is one of the country of the line beside it", () => {
    const beside = (line: string, number: string) => Phone.digits(number, line)
    assert.strictEqual(beside("+33155550142", "06 12 34 56 78"), "33612345678")
    assert.strictEqual(beside("+33155550142", "612345678"), "33612345678")
    assert.strictEqual(beside("+33155550142", "33612345678"), "33612345678")
    assert.strictEqual(beside("+33155550142", "+442079460000"), "442079460000")
    assert.strictEqual(beside("+14155550100", "(212) 555-0123"), "12125550123")
    assert.strictEqual(beside("+14155550100", "1-212-555-0123"), "12125550123")
    assert.strictEqual(beside("+14155550100", "011 33 6 12 34 56 78"), "33612345678")
    assert.strictEqual(beside("+390612345678", "06 1234 5678"), "390612345678")
    assert.strictEqual(beside("+34915555021", "612 345 678"), "34612345678")
    assert.strictEqual(beside("+74951234567", "8 912 345 67 89"), "79123456789")
  })

  it("a word is no number", () => {
    for (const word of ["anonymous", "", "private", "Bob 12"]) assert.strictEqual(Phone.digits(word), null, word)
  })

  it("a number tells its country, also where countries share a calling code", () => {
    const countries = {
      "+33612345678": "FR",
      "+14155550100": "US",
      "+15145550100": "CA",
      "+18765550100": "JM",
      "+442079460000": "GB",
      "+447781123456": "GG",
      "+77011234567": "KZ",
      "+79123456789": "RU",
      "+212612345678": "MA",
      "+819012345678": "JP",
      "+352621123456": "LU"
    }
    for (const [number, country] of Object.entries(countries)) {
      assert.strictEqual(Phone.country(number), country, number)
    }
    assert.strictEqual(Phone.country("06 12 34 56 78", "+33155550142"), "FR")
    for (const number of ["06 12 34 56 78", "2125550123"]) assert.strictEqual(Phone.country(number), null, number)
    for (const number of [null, "anonymous", "361", "+80012345678"]) {
      assert.strictEqual(Phone.country(number, "+33155550142"), null, `${number}`)
    }
  })
})
