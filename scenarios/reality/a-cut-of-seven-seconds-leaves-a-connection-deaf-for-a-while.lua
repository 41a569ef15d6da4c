-- What registers in a cut of seven seconds is stored beyond it up to ten seconds after the heal. Only the oldest of
-- what was lost is sent again, 0.2, 0.4, 0.8, ... 6.4, 12.8 s after it was; all else waits behind it. A health check
-- that fails three times (5 s idle and 3 s each) makes a new connection instead.
local bounds = require "bounds"
local twin = require "twin"

return scenario {
  params = { hold = s(7) },
  topology = function() return twin.topology() end,
  must_see = { "link.cut", "link.heal" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local k = w:client { name = "k", server = a, ip = "10.128.0.1", port = 8080 }
    wait(between(s(7), s(12)))
    local cut = now()
    w:cut(a, c)
    wait(s(0.5))
    expect(k:register { service = "svc" }, "refused")
    wait_until(cut + p.hold)
    w:heal()
    local healed, stored = now(), watch(function() return c:knows(k) end)
    wait(bounds.after_heal(p.hold, 3))
    expect(c:knows(k), "n3 does not store it")
    measure("stored", stored:first() - healed)
  end,
}
