-- b and c lose each other for ten seconds while a sees both: a is right all the time, b and c each lack what the other
-- took, and a does not carry it for them.
local bounds = require "bounds"

return scenario {
  params = { cut_for = s(10) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "link.cut", "link.heal" },
  story = function(w, p)
    local a, b, c = w:nodes()
    wait(between(s(1), s(6)))
    step "b and c lose each other"
    w:cut(b, c)
    local cut = now()
    local left = w:client { name = "left", server = b }
    local right = w:client { name = "right", server = c }
    expect(left:register { service = "shop" }, "refused")
    expect(right:register { service = "shop" }, "refused")
    eventually(bounds.push(), function() return a:knows { left, right } end, "a lacks one")
    measure("stored by a", now() - cut)
    wait_until(cut + p.cut_for)
    expect(not b:knows(right) and not c:knows(left), "a carried it")
    step "the way is open again"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 3), function() return w:converged() end)
    measure("agreed", now() - healed)
  end,
}
