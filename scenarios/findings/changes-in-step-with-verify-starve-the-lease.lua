-- A living client that refreshes its metadata at every VERIFY (five seconds) disappears from all other nodes after three
-- minutes, for a moment, again and again.
-- In Nacos: a node renews a replica's lease when VERIFY names the revision it has
-- (ConnectionBasedClientManager#verifyClient), not when it applies a push. The owner bumps the revision at
-- once, the push follows a second later; if every change falls into the second before a VERIFY, every VERIFY
-- fails, 36 in a row (nacos#12299, incident NDB-02).
-- The same client in another phase is safe: --set before=2.5s. So is any, if an applied push renews as well:
-- --set cured=true (distrosim.syncRenewsLease).
local bounds = require "bounds"

return scenario {
  params   = { before = ms(500), refresh_for = s(200), cured = false },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = p.cured and { ["distrosim.syncRenewsLease"] = true } or {} }
  end,
  must_see = { "client.updated", "verify.sent" },

  story = function(w, p)
    local a, b, c = w:nodes()
    local in_step = p.before < s(1)
    step "a shop on a is known everywhere"
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop", metadata = { refreshed = "0" } }, "a refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")

    local round = bounds.round()
    step "it refreshes its metadata every five seconds, shortly before a's VERIFY"
    local verify = w:intercept { from = a, to = b, op = "VERIFY", nth = "all", action = "observe" }
    eventually(round + ms(100), function() return verify:seen() == 1 end, "a verifies to b")
    local at_verify = verify:times()[1]
    local missing = watch(function() return not (b:knows(shop) and c:knows(shop)) end)
    local from = now()
    for i = 1, math.ceil(p.refresh_for / round) do
      wait_until(at_verify + round * i - p.before)
      expect(shop:update { service = "shop", metadata = { refreshed = tostring(i) } }, "a refused an update")
    end

    if not in_step then
      expect(not missing:first(), "somebody dropped a living client")
      expect(a:counters().verify_mismatch <= 2, "a VERIFY failed") -- the first ones may meet the registration
      return
    end
    if setting "distrosim.syncRenewsLease" then
      expect(not missing:first(), "somebody dropped a living client")
      expect(a:counters(b).verify_ok <= 1, "a VERIFY succeeded")
      return
    end
    local first = missing:first()
    expect(first, "nobody dropped it")
    expect(first - from >= bounds.lease_earliest - round and first - from <= bounds.lease + round,
           "dropped, but not by the lease")
    expect(a:counters(b).verify_ok <= 1, "a VERIFY succeeded")
    measure("dropped by b and c, though alive, after", first - from)
  end,
}
