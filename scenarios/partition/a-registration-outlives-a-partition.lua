-- A client registered on the cut-off side is known everywhere soon after the cut heals.
-- Its node keeps retrying the push every 3 s without end; the push carries the client's state at that
-- moment. After the heal: reconnect (3 s + back-off), report (8 s at most), retry (3.1 s); lib/bounds.lua
-- adds them up.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { nodes = 3, cut_for = s(20) },
  topology = function(p)
    return { nodes = p.nodes, lan = { rtt = between(us(300), ms(5)), jitter = percent(40), loss = ratio(1, 1000) } }
  end,
  must_see = { "link.cut", "link.heal", "sync.failed", "sync.retried" },
  always   = function(p)
    local heal = bounds.after_heal(p.cut_for, p.nodes)
    return { checks.no_lost_instances { heal = heal }, checks.view_matches_store {} }
  end,

  story = function(w, p)
    local a = w:node "n1"
    local others = { select(2, w:nodes()) }
    wait(between(s(0), s(6)))
    step "a is cut off and takes a new client"
    w:partition({ a }, others)
    wait(between(s(0), s(5)))
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "its own node refused it: Distro stays available when cut off")
    wait(p.cut_for + between(s(0), s(6)))
    expect(shops.unknown_to(others, shop), "they heard of shop-1 across the cut")

    step "the network heals"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, p.nodes), function() return w:all_know(shop) end,
               "shop-1 known everywhere")
    measure("known everywhere after the heal", now() - healed)
  end,
}
