-- What leaves on one side of a cut stays listed on the other, and is gone there soon after the heal, not
-- only when its lease ends.
-- The DELETE (close) or the smaller CHANGE (deregister) is retried every 3 s without end, like any push. A
-- lease (180 s) would end it too, but the cut is far shorter.
local bounds = require "bounds"

return scenario {
  params   = { cut_for = s(30) },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "link.cut", "sync.retried" },
  always   = function(p)
    local heal = bounds.after_heal(p.cut_for, 3)
    return { checks.no_zombies { grace = bounds.push(), heal = heal }, checks.no_resurrection {} }
  end,

  story = function(w, p)
    local a, b, c = w:nodes()
    step "a shop on a is known everywhere"
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "its own node refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    wait(between(s(0), s(6)))

    step "a is cut off, and there the shop goes"
    w:partition({ a }, { b, c })
    wait(between(s(0), s(10)))
    local way = one_of { "deregister", "close" }
    log("by", way)
    if way == "deregister" then
      expect(shop:deregister { service = "shop" }, "its own node refused")
    else
      shop:close()
    end
    eventually(ms(100), function() return not a:knows(shop) end, "gone from a at once")
    wait(p.cut_for + between(s(0), s(6)))
    expect(b:knows(shop) and c:knows(shop), "they heard of it across the cut")

    step "the network heals"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 3), function() return w:none_knows(shop) end,
               "shop-1 gone everywhere")
    measure("gone everywhere after the heal", now() - healed)
    wait(s(20))
    expect(w:converged(), "the nodes drifted apart in quiet")
  end,
}
