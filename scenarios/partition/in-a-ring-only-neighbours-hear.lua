-- In a ring of five, where each node reaches two, a registration is listed by three nodes, and by all after
-- the heal.
-- Fan-out is direct, from the owner to its peers; nothing travels round the ring.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { cut_for = s(40) },
  topology = function() return { nodes = 5, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "link.cut", "sync.retried" },
  always   = function(p)
    local heal = bounds.after_heal(p.cut_for, 5)
    return { checks.no_lost_instances { heal = heal }, checks.view_matches_store {} }
  end,

  story = function(w, p)
    local a, b, c, d, e = w:nodes()
    wait(between(s(0), s(6)))
    step "each node sees its two neighbours only; a shop opens on a"
    w:ring { a, b, c, d, e }
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "a refused it")
    eventually(bounds.push(), function() return shops.known_to({ a, b, e }, shop) end, "a's neighbours hear of it")
    wait(p.cut_for + between(s(0), s(6)))
    expect(shops.unknown_to({ c, d }, shop), "it travelled round the ring")

    step "the network heals"
    w:heal()
    eventually(bounds.after_heal(p.cut_for, 5), function() return w:converged() end, "all five agree")
  end,
}
