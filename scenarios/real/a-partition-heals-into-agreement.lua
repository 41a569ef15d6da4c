-- Both sides of a partition take a registration; after the heal all three servers have both.
local bounds = require "bounds"

return scenario {
  params = { cut_for = s(10) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "link.cut", "link.heal" },
  story = function(w, p)
    local a, b, c = w:nodes()
    wait(between(s(1), s(6)))
    step "a is cut off from b and c"
    w:partition({ a }, { b, c })
    local here = w:client { name = "here", server = a }
    local there = w:client { name = "there", server = b }
    expect(here:register { service = "shop" }, "a refused it")
    expect(there:register { service = "shop" }, "b refused it")
    wait(p.cut_for)
    expect(not b:knows(here) and not c:knows(here), "it crossed the cut")
    expect(not a:knows(there), "it crossed the cut the other way")
    step "the network heals"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 3), function() return w:converged() end)
    measure("agreed", now() - healed)
    expect(w:all_know { here, there }, "somebody is missing")
  end,
}
