-- Two servers lose each other for two seconds, less than any time-out: what was on the way arrives by retransmission,
-- and neither is ever held for anything but UP.
local bounds = require "bounds"

return scenario {
  params = { cut_for = s(2) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "link.cut", "link.heal" },
  story = function(w, p)
    local a, b, c = w:nodes()
    wait(between(s(1), s(6)))
    local shop = w:client { name = "shop-1", server = a }
    step "a and c lose each other"
    w:cut(a, c)
    local cut = now()
    expect(shop:register { service = "shop" }, "refused")
    wait_until(cut + p.cut_for)
    expect(not c:knows(shop), "it crossed the cut")
    expect(b:knows(shop), "b is cut, too")
    step "the way is open again"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 3), function() return w:converged() end)
    measure("agreed", now() - healed)
    expect(c:knows(shop), "c lacks it")
  end,
}
