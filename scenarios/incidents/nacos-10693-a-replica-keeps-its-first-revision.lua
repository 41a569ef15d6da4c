-- As soon as a client registers a second service, every VERIFY of it fails; three minutes later it vanishes from all
-- other servers, for a moment, again and again: nacos#10693, #10056.
-- Affected: 2.1.2 to 2.2.4; cured in 2.3.0 (#10553). DistroClientDataProcessor#upgradeClient did not store the revision
-- that it was sent, so the replica kept that of its creation; its lease ends, and the next VERIFY creates it anew.
-- Found: the call was there, but at the end of #processBatchInstanceDistroData, which returns early without a batch:
-- clients that register batches were spared. And it takes no second service if a VERIFY comes between the connection and
-- its first registration: that makes an empty replica of revision 0.
local incident = require "incident"

return scenario {
  params   = { watched_for = minutes(5) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.registered" },

  story = function(w, p)
    local a, b, c = w:nodes()
    if setting "distrosim.generation" == 1 then return end
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "a refused it")
    incident.settled(w, shop)

    step "it registers a second service, and rests"
    expect(shop:register { service = "cafe" }, "a refused the second service")
    wait(incident.push() + incident.repair)
    local failed = a:counters().verify_mismatch
    local gap = incident.longest("gap", function() return not (b:knows(shop) and c:knows(shop)) end)
    wait(p.watched_for)
    local took = gap()
    measure("VERIFY answered FAIL", a:counters().verify_mismatch - failed)
    expect(a:counters().verify_mismatch == failed, "VERIFY fails though nothing changes")
    expect(took == s(0), "a living client was dropped")
  end,
}
