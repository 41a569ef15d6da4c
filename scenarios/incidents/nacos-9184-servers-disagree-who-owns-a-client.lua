-- "receive invalid redirect request from peer" and 400 for part of the clients, as long as two servers do not see each
-- other; living instances come and go: nacos#9184, #1503, #4992, #5113, #5138, #7104, #8420, #9864, #12718.
-- Affected: all releases; no fix ("rare, and acceptable for an AP system", #5020, #10808). Each server shares the clients
-- by its own list, so some have two owners and some none, and what is passed on to a server that does not take itself
-- for the owner is refused.
local incident = require "incident"
local shops = require "shops"

return scenario {
  params   = { beaters = 60, cut_for = s(120) },
  topology = { nodes = 3, lan = { rtt = ms(1) }, clients = "nacos-client-1" },
  must_see = { "link.cut", "owner.changed" },

  story = function(w, p)
    local a, b, c = w:nodes()
    local beaters = shops.open(w, { count = p.beaters, name = "beater", service = "shop", servers = { a, b, c } })
    incident.settled(w, beaters)

    step "b and c do not see each other; a sees both"
    local before = a:counters().forward_failed + b:counters().forward_failed + c:counters().forward_failed
    local gap = incident.longest("gap on a", function() return not a:knows(beaters) end)
    w:cut(b, c)
    wait(p.cut_for)
    measure("writes refused", a:counters().forward_failed + b:counters().forward_failed +
                              c:counters().forward_failed - before)
    w:heal()
    wait(s(60))
    expect(gap() == s(0), "a, whom everybody reaches, lost living clients")
    expect(w:converged(), "they do not agree after the heal")
  end,
}
