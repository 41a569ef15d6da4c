-- Heartbeat clients that die are shown ill on every node within 22 s, and are gone from every node within
-- 37 s.
-- Their owner alone counts beats. The last came 5 s before the death at most; ill after 15 s without one
-- and gone after 30 s, looked at every 5 s; then a push (1.2 s) makes both known. So the earliest is 10 s
-- and 25 s after the death.
local bounds = require "bounds"
local shops = require "shops"

local function dead_shown(n, as_healthy)
  for _, instance in ipairs(n:stored "grave") do
    if instance.healthy == as_healthy then return true end
  end
  return false
end

return scenario {
  params   = { dying = 6, living = 6 },
  topology = function()
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1" }
  end,
  must_see = { "client.killed", "beat.late", "beat.expired" },
  always   = { checks.no_lost_instances { gap = s(0) }, checks.no_zombies { grace = s(37) },
               checks.no_resurrection {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "beating clients are known everywhere"
    local dying = shops.open(w, { count = p.dying, name = "dying", service = "grave", servers = { a, b, c } })
    shops.open(w, { count = p.living, name = "living", service = "shop", servers = { a, b, c } })
    eventually(bounds.push(), function() return w:converged() end, "all known everywhere")
    wait(between(s(6), s(12)))

    step "half of them die without a word"
    for _, client in ipairs(dying) do client:kill() end
    local died = now()
    within(s(10) - ms(100), s(15) + s(5) + bounds.push(), function()
      return not (dead_shown(a, true) or dead_shown(b, true) or dead_shown(c, true))
    end, "every node shows the dead as ill")
    expect(dead_shown(a, false) and dead_shown(b, false) and dead_shown(c, false), "gone before they were ill")

    step "and drops them"
    local left = died + s(30) + s(5) + bounds.push() - now()
    eventually(left, function() return w:none_knows(dying) and w:converged() end, "the dead are gone everywhere")
    expect(now() - died >= s(25) - ms(100), "dropped too soon")
    measure("gone everywhere after", now() - died)
  end,
}
