-- What a sends never reaches c for eight seconds: c lacks a's registration and has b's, and after the heal has both.
local bounds = require "bounds"

return scenario {
  params = { cut_for = s(8) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "link.cut", "link.heal" },
  story = function(w, p)
    local a, b, c = w:nodes()
    wait(between(s(1), s(6)))
    step "a's packets never reach c"
    w:cut(a, c, { oneway = true })
    local cut = now()
    local deaf = w:client { name = "deaf", server = a }
    local heard = w:client { name = "heard", server = b }
    expect(deaf:register { service = "shop" }, "a refused it")
    expect(heard:register { service = "shop" }, "b refused it")
    eventually(bounds.push(), function() return c:knows(heard) and b:knows(deaf) end, "the others are cut, too")
    wait_until(cut + p.cut_for)
    expect(not c:knows(deaf), "it crossed the cut")
    step "the way is open again"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 3), function() return w:converged() end)
    measure("agreed", now() - healed)
  end,
}
