/** Where a key may go, for every place a URL and a key can come from. */
import { assert, it } from "@effect/vitest"
import { type Origin, refusal } from "../src/Destination.js"

const vendor = "https://api.withallo.com"

const asked = (url: string, urlFrom: Origin | null, keyFrom: Origin, allowHttp: boolean) =>
  refusal({ url, vendor, urlFrom, keyFrom, allowHttp })

const places = ["environment", ".env"] as const

const loopback = [
  "http://localhost:4790",
  "http://LOCALHOST",
  "http://127.0.0.1:1/api",
  "http://127.8.9.10",
  "http://127.1",
  "http://2130706433",
  "http://0x7f.0.0.1",
  "http://[::1]:8080",
  "http://[0:0:0:0:0:0:0:1]"
]

const others = [
  "example.com",
  "localhost.example.com",
  "127.0.0.1.example.com",
  "127-0-0-1.example.com",
  "example.com:443/127.0.0.1",
  "example.com/api.withallo.com",
  "api.withallo.com.example.com",
  "apiXwithallo.com",
  "withallo.com",
  "api.withallo.com:8443",
  "0.0.0.0",
  "128.0.0.1",
  "[::2]",
  "[::ffff:8.8.8.8]",
  "ａpi.withallo.com.example"
]

it("a key goes to this machine, wherever both stand and over plain http", () => {
  for (const url of loopback) {
    for (const urlFrom of places) {
      for (const keyFrom of places) assert.isNull(asked(url, urlFrom, keyFrom, false), `${url} ${urlFrom} ${keyFrom}`)
    }
  }
})

it("a URL of .env takes no key of the environment to another host, whatever is allowed", () => {
  for (const host of others) {
    for (const scheme of ["https", "http"]) {
      for (const allowHttp of [true, false]) {
        const url = `${scheme}://${host}`
        assert.strictEqual(asked(url, ".env", "environment", allowHttp), "other origin", url)
      }
    }
  }
})

it("a key of .env goes where .env or the environment say, and one of the environment where the environment says", () => {
  for (const host of others) {
    for (
      const [urlFrom, keyFrom] of [[".env", ".env"], ["environment", ".env"], ["environment", "environment"]] as const
    ) {
      const told = `${host} ${urlFrom} ${keyFrom}`
      assert.isNull(asked(`https://${host}`, urlFrom, keyFrom, false), told)
      assert.strictEqual(asked(`http://${host}`, urlFrom, keyFrom, false), "plain http", told)
      assert.isNull(asked(`http://${host}`, urlFrom, keyFrom, true), told)
    }
  }
})

it("every key goes to the vendor, and none to the vendor over plain http", () => {
  for (const keyFrom of places) {
    assert.isNull(asked(vendor, null, keyFrom, false))
    for (const urlFrom of places) {
      for (const url of [vendor, `${vendor}/`, `${vendor}:443/v2`, "HTTPS://API.WithAllo.com"]) {
        assert.isNull(asked(url, urlFrom, keyFrom, false), `${url} ${urlFrom} ${keyFrom}`)
      }
    }
  }
  assert.strictEqual(asked("http://api.withallo.com", "environment", "environment", false), "plain http")
  assert.strictEqual(asked("http://api.withallo.com", ".env", "environment", true), "other origin")
})
