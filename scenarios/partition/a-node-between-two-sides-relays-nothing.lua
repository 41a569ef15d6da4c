-- A node that both sides can reach does not carry news from one to the other: who is cut off from a
-- client's owner does not hear of the client, no matter which others know it.
-- Owners push to every peer directly; a replica passes nothing on, and verifies nothing. (Gossip would.)
local bounds = require "bounds"

return scenario {
  params   = { cut_for = s(60) },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "link.cut", "member.down", "sync.retried" },
  always   = function(p)
    local heal = bounds.after_heal(p.cut_for, 3)
    return { checks.no_lost_instances { heal = heal }, checks.view_matches_store {} }
  end,

  story = function(w, p)
    local a, b, c = w:nodes()
    wait(between(s(0), s(6)))
    step "only the link between b and c is cut; a shop opens on b"
    w:bridge(a, { b }, { c })
    local shop = w:client { name = "shop-1", server = b }
    expect(shop:register { service = "shop" }, "b refused it")
    eventually(bounds.push(), function() return a:knows(shop) end, "a, in the middle, hears of it")
    wait(p.cut_for + between(s(0), s(6)))
    expect(not c:knows(shop), "c heard of it through a")

    step "the link heals"
    w:heal()
    eventually(bounds.after_heal(p.cut_for, 3), function() return w:converged() end, "all agree")
  end,
}
