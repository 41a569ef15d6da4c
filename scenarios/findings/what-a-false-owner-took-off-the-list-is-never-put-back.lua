-- A heartbeat client lives, beats and is listed by its owner; the other servers have lost one of its services, and
-- never get it back.
-- In Nacos: a server that took itself for the owner for a minute (here its member list lacked the real one) missed the
-- beats and removed the instance (ExpiredInstanceChecker), which leaves the client's revision as it was, and pushed
-- that. Every VERIFY of the true owner names the same revision, so all is well: leases are renewed, nothing is repaired
-- (AbstractClient#recalculateRevision is for registrations only; PROTOCOL.md 1.6). Only a change by the client
-- would help. A client that has lost its only service is spared: it is forgotten within seconds, and that is noticed;
-- so these have another one, whose beats may be late for ten minutes.
-- Random faults find it, too: churn/after-any-weather-the-core-agrees with --set kind=nacos-client-1.
-- A revision that moves with what is expired cures it: --set cured=true (distrosim.revisionOnHealthChange).
local bounds = require "bounds"

return scenario {
  params   = { cured = false },
  topology = function(p)
    return { nodes = 3, clients = "nacos-client-1",
             settings = p.cured and { ["distrosim.revisionOnHealthChange"] = true } or {} }
  end,
  must_see = { "beat.expired", "verify.ok" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "clients of two services each"
    local patient = { ["preserved.heart.beat.timeout"] = "600000", ["preserved.ip.delete.timeout"] = "600000" }
    local shops = {}
    for i = 1, 12 do
      shops[i] = w:client { server = a }
      expect(shops[i]:register { service = "patient", metadata = patient }, "refused")
      expect(shops[i]:register { service = "shop" }, "refused")
    end
    wait(between(s(10), s(16)))
    expect(w:all_know(shops), "somebody misses a client")

    step "b's list lacks a for a minute, and a's VERIFYs do not come through"
    local deaf = w:intercept { from = a, to = b, op = "VERIFY", nth = "all", action = "drop" }
    w:set_members(b, { b, c })
    wait(minutes(1))
    expect(b:counters().beats_expired > 0, "b has taken nobody off the list")
    deaf:stop()
    w:set_members(b, { a, b, c })

    step "all is well again, and stays so"
    wait(minutes(5))
    local has, lack = #a:stored "shop", #a:stored "shop" - #c:stored "shop"
    measure("clients that c misses though a has them", lack)
    if setting "distrosim.revisionOnHealthChange" then
      eventually(bounds.repair(), function() return w:all_know(shops) end, "all know all")
    else
      local mismatches = a:counters().verify_mismatch
      wait(s(30))
      expect(has == 12 and lack > 0, "c has got everybody back")
      expect(a:counters().verify_mismatch == mismatches, "a VERIFY noticed")
    end
  end,
}
