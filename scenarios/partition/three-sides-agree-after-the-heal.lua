-- A cluster that falls into three pairs works as three small clusters, and as one again soon after the
-- heal.
-- As with two sides, each client is written by one node only; three sides just wait longer for their
-- reports, which go to one peer in turn (2 s each) and to every peer that is not UP every 5 s.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { cut_for = s(40) },
  topology = function() return { nodes = 6, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "link.cut", "member.down", "sync.retried" },
  always   = function(p)
    local heal = bounds.after_heal(p.cut_for, 6)
    return { checks.no_lost_instances { heal = heal }, checks.view_matches_store {} }
  end,

  story = function(w, p)
    local a, b, c, d, e, f = w:nodes()
    wait(between(s(0), s(6)))
    step "three pairs lose sight of each other, and each opens five shops"
    w:partition({ a, b }, { c, d }, { e, f })
    local first = shops.open(w, { count = 5, name = "first", service = "shop", servers = { a, b } })
    local second = shops.open(w, { count = 5, name = "second", service = "shop", servers = { c, d } })
    local third = shops.open(w, { count = 5, name = "third", service = "shop", servers = { e, f } })
    eventually(bounds.push(), function()
      return shops.known_to({ a, b }, first) and shops.known_to({ c, d }, second)
         and shops.known_to({ e, f }, third)
    end, "each pair agrees within itself")
    wait(p.cut_for + between(s(0), s(6)))
    expect(#a:stored "shop" == 5 and #c:stored "shop" == 5 and #e:stored "shop" == 5, "news crossed a cut")

    step "the network heals"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 6), function() return w:converged() end, "all six agree")
    measure("agreed after the heal", now() - healed)
  end,
}
