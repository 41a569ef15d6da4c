-- Majority and minority both take registrations, updates and closes during a cut, and agree on all of them
-- after the heal.
-- Distro asks for no quorum. Each client has one node that writes it, so the sides cannot contradict each
-- other: after the heal every owner's state is pushed over the other side's replica, and nothing needs
-- merging.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { cut_for = s(45) },
  topology = function() return { nodes = 5, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "link.cut", "sync.retried", "client.updated", "client.closed" },
  always   = function(p)
    local heal = bounds.after_heal(p.cut_for, 5)
    return { checks.no_lost_instances { heal = heal }, checks.no_resurrection {}, checks.view_matches_store {} }
  end,

  story = function(w, p)
    local a, b, c, d, e = w:nodes()
    step "shops are open on both sides-to-be"
    local left = shops.open(w, { count = 6, name = "left", service = "shop", servers = { a, b, c } })
    local right = shops.open(w, { count = 4, name = "right", service = "shop", servers = { d, e } })
    eventually(bounds.push(), function() return w:converged() end, "all shops known everywhere")
    wait(between(s(5), s(11)))

    step "the cut: majority left, minority right"
    w:partition({ a, b, c }, { d, e })
    wait(between(s(15), s(20)))

    step "each side opens a shop, changes one and closes one"
    local new_left = shops.open(w, { count = 1, name = "new-left", service = "shop", servers = { a, b, c } })[1]
    local new_right = shops.open(w, { count = 1, name = "new-right", service = "shop", servers = { d, e } })[1]
    expect(left[1]:update { service = "shop", weight = 3 }, "the majority refused an update")
    expect(right[1]:update { service = "shop", weight = 5 }, "the minority refused an update")
    left[2]:close()
    right[2]:close()
    eventually(bounds.push(), function()
      return shops.known_to({ a, b, c }, new_left) and shops.known_to({ d, e }, new_right)
    end, "each side agrees within itself")
    wait(p.cut_for + between(s(0), s(6)))
    expect(shops.unknown_to({ d, e }, new_left) and shops.unknown_to({ a, b, c }, new_right),
           "news crossed the cut")
    expect(not w:agree(), "two views are expected while the cut lasts")

    step "the network heals"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 5), function() return w:converged() end, "all five agree")
    measure("agreed after the heal", now() - healed)
  end,
}
