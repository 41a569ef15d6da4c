-- A server is frozen for six seconds, in which another one takes a registration: it has it soon after it goes on,
-- by the retry of the push or by a VERIFY, and has lost no client.
local bounds = require "bounds"

return scenario {
  params = { frozen = s(6) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "node.pause", "node.resume" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local old = w:client { name = "old", server = a }
    expect(old:register { service = "shop" }, "refused")
    wait(between(s(2), s(7)))
    step "c is frozen"
    w:pause(c, p.frozen)
    local paused = now()
    local fresh = w:client { name = "fresh", server = a }
    expect(fresh:register { service = "shop" }, "refused")
    eventually(bounds.push(), function() return b:knows(fresh) end, "b does not store it")
    wait_until(paused + p.frozen)
    step "c goes on"
    eventually(bounds.after_heal(p.frozen, 3), function() return w:converged() end)
    measure("right after", now() - paused - p.frozen)
    expect(w:all_know { old, fresh }, "somebody was lost")
  end,
}
