-- API.md 3: settings for all and for one node, addresses, framing, the default kind of clients.
local INTERVAL = "nacos.core.protocol.distro.data.verify.intervalMs"
return scenario {
  topology = {
    nodes = 3, profile = "nacos-2.3", profiles = { n2 = "nacos-3.0" }, clients = "nacos-client-1",
    settings = { [INTERVAL] = s(2), n2 = { ["nacos.common.processors"] = 1, [INTERVAL] = s(10) } },
    addresses = { n1 = "10.0.0.10:8848", n3 = "10.0.0.1:8848" },
    clocks = { n2 = { offset = s(-31), drift = ppm(50) } },
    framing = bytes(1000),
  },
  story = function(w)
    local a, b, c = w:nodes()
    expect(a.address == "10.0.0.10:8848" and b.address == "10.0.0.2:8848", "addresses")
    -- The mapper sorts texts: "10.0.0.10:" stands before "10.0.0.1:".
    expect(table.concat(a:state().healthy, " ") == "n1 n3 n2", table.concat(a:state().healthy, " "))
    local k = w:client { server = a }
    expect(k.kind == "nacos-client-1" and k:register { service = "x" }, "registered")
    local owner
    for _, n in ipairs { a, b, c } do
      if n:owns "10.128.0.1:8080" then owner = n end
    end
    local verify = w:intercept { op = "VERIFY", from = owner, action = "observe" }
    wait(s(60))
    local rounds = owner == b and 6 or 30
    expect(math.abs(verify:seen() - 2 * rounds) <= 2, verify:seen() .. " VERIFY in 60 s")
    local beats = w:traffic { op = "BEAT" }
    expect(beats.bytes > bytes(1000) * beats.messages and beats.reply_bytes > bytes(1000) * beats.replies, "framing")
  end,
}
