-- A client that refreshes its metadata every five seconds is dropped by all other servers after three minutes, though
-- it is alive: nacos#12299, never fixed.
-- Affected: since VERIFY compares revisions, 2.1.2 to 3.x. The owner bumps the revision at once, its push follows a
-- second later; a change in the second before each VERIFY makes each fail, and a push that is applied renews nothing.
-- Found: up to 2.2.x it takes no step at all, since a replica never stores the revision it is sent (nacos#10693).
local incident = require "incident"

return scenario {
  params   = { before = ms(500), refresh_for = s(200) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.updated" },

  story = function(w, p)
    local a, b, c = w:nodes()
    if setting "distrosim.generation" == 1 then return end
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop", metadata = { refreshed = "0" } }, "a refused it")
    incident.settled(w, shop)

    step "it refreshes its metadata every five seconds, half a second before a's VERIFY"
    local verify = w:intercept { from = a, to = b, op = "VERIFY", nth = "all", action = "observe" }
    eventually(s(6), function() return verify:seen() >= 1 end, "a verifies to b")
    local at_verify = verify:times()[1]
    local gap = incident.longest("gap", function() return not (b:knows(shop) and c:knows(shop)) end)
    for round = 1, math.ceil(p.refresh_for / s(5)) do
      wait_until(at_verify + s(5) * round - p.before)
      expect(shop:update { service = "shop", metadata = { refreshed = tostring(round) } }, "a refused an update")
    end
    measure("VERIFY answered FAIL", a:counters(b).verify_mismatch)
    expect(gap() == s(0), "a living client was dropped")
  end,
}
