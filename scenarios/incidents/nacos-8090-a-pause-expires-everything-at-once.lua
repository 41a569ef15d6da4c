-- After a full garbage collection of more than the lease, a server drops masses of healthy instances and answers empty
-- lists: nacos#8090 (same pattern in #5589, #8706).
-- Affected: 2.0.0 to 3.x, and no fix; consumers got empty-push protection. The cleaner runs before any VERIFY that
-- waits, and by the wall clock every replica is too old. 2.0.0, whose lease was 30 s, takes a pause of half a minute.
local incident = require "incident"
local shops = require "shops"

return scenario {
  params   = { paused_for = s(200), shops = 40 },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "node.pause" },

  story = function(w, p)
    local a, b = w:nodes()
    if setting "distrosim.generation" == 1 then return end
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { a } })
    incident.settled(w, open)

    step "b stands still, and goes on"
    w:pause(b, p.paused_for)
    wait(p.paused_for)
    local gap = incident.longest("empty for", function() return #b:stored "shop" == 0 end)
    wait(s(60))
    expect(gap() == s(0), "b dropped them all")
  end,
}
