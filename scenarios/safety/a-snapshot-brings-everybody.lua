-- A snapshot holds every client that its server knows: its own connections, replicas of others' and
-- heartbeat clients.
-- VERIFY would bring what is missing within 5 s, and hide that the snapshot was short: here none reaches
-- the loading node.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { of_each = 8 },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "snapshot.served", "snapshot.loaded" },
  always   = { checks.view_matches_store {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "connected clients on b and on c, and beating ones, are known everywhere"
    local all = {}
    all[1] = shops.open(w, { count = p.of_each, name = "left", service = "shop", servers = { b } })
    all[2] = shops.open(w, { count = p.of_each, name = "right", service = "shop", servers = { c } })
    all[3] = shops.open(w, { count = p.of_each, name = "beater", service = "shop", servers = { b, c },
                             kind = "nacos-client-1" })
    eventually(bounds.push(), function() return w:converged() end, "all known everywhere")
    wait(between(s(6), s(12)))

    step "a restarts, and no VERIFY reaches it"
    w:intercept { to = a, op = "VERIFY", nth = "all", action = "drop" }
    w:restart(a)
    eventually(s(1), function() return a:state().initialised end, "a has loaded")
    expect(w:converged(), "the snapshot was short of somebody")
    for _, part in ipairs(all) do
      expect(a:knows(part), "the snapshot was short of " .. part[1].name .. " or another of its kind")
    end
  end,
}
