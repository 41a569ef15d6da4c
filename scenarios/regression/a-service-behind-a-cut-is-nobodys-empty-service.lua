-- A node that lists nothing of a service is to blame from the moment on at which it could know better, not
-- from when the first instance opened behind a cut.
-- Found by wan/regions-partition --seed 180 as a false alarm of no_empty_service (fixed in 4c4b8bf): a
-- service opened on the far side of a cut, and half a minute later on the near side, too. The nodes of the
-- near side had one push (1.2 s) to list it, and were blamed at once for the half minute before, since the
-- far client moved in that very second and made the check look again.
local bounds = require "bounds"

return scenario {
  params   = { alone_for = s(30) },
  topology = function() return { nodes = 4, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "link.cut", "sync.retried" },
  always   = function(p)
    local heal = bounds.after_heal(p.alone_for + s(10), 4)
    local moved = bounds.redo + bounds.push() -- the far client, on its own side
    return { checks.no_empty_service { grace = moved, heal = heal },
             checks.no_lost_instances { grace = moved, heal = heal } }
  end,

  story = function(w, p)
    local a, b, c, d = w:nodes()
    wait(between(s(0), s(6)))
    step "a and b are cut off from c and d; a shop opens on c"
    w:partition({ a, b }, { c, d })
    local far = w:client { name = "far", server = c }
    expect(far:register { service = "shop" }, "c refused it")
    wait(p.alone_for)
    expect(#b:stored "shop" == 0, "b heard of it across the cut")

    step "one opens on a, too"
    local near = w:client { name = "near", server = a }
    expect(near:register { service = "shop" }, "a refused it")
    expect(not b:knows(near), "b knew of it at once")
    far:connect(d)
    eventually(bounds.push(), function() return b:knows(near) end, "b lists it")
    wait(between(s(5), s(10)))

    step "the network heals"
    w:heal()
    eventually(bounds.after_heal(p.alone_for + s(10), 4), function() return w:converged() end, "all agree")
  end,
}
