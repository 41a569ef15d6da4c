-- Heartbeat clients that die together with the node that owns them are gone from the others within 50 s.
-- Unlike connected clients they get a new owner, once the old one is held for DOWN: 12 s at most. It checks
-- the beats of what it has only as a replica: none since the last VERIFY, so it removes them after 30 s,
-- looked at every 5 s. If the survivors learn of the death at different moments, one of them may renew the
-- other's copies by VERIFY until then. 12 s + 30 s + 5 s, and a push.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { beaters = 18 },
  topology = function()
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1" }
  end,
  must_see = { "node.crash", "member.down", "owner.changed", "client.killed", "beat.expired" },
  always   = { checks.no_zombies { grace = s(50) }, checks.no_resurrection {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "beating clients are known everywhere"
    local beaters = shops.open(w, { count = p.beaters, name = "beater", service = "shop", servers = { a, b, c } })
    eventually(bounds.push(), function() return w:all_know(beaters) end, "all known everywhere")
    wait(between(s(11), s(17)))
    expect(a:state().owned > 0, "a owns nobody")

    step "a and all the clients lose power"
    w:crash(a)
    for _, beater in ipairs(beaters) do beater:kill() end
    local died = now()
    eventually(s(12) + s(30) + s(5) + bounds.push(), function() return w:none_knows(beaters) end,
               "the dead are gone from b and c")
    measure("gone after", now() - died)
  end,
}
