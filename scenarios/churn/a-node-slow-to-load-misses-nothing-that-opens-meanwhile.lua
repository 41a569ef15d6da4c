-- A node whose snapshot takes long to arrive lists, soon after, all that opened while it was loading.
-- Pushes and snapshot elements are applied as they arrive; what the snapshot lacks comes by push (retried
-- every 3 s) or by VERIFY (5 s). 200 clients make some 0.13 MB of snapshot: at 0.2 Mbit/s that is 5 s and
-- more, and pushes queue behind it.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { clients = 200, bandwidth = kbit(200) },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "node.crash", "snapshot.requested", "snapshot.loaded", "link.degraded" },
  always   = { checks.no_lost_instances { grace = s(20) }, checks.view_matches_store {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "200 clients live on b and c; a is down"
    local fleet = w:fleet { name = "fleet", server = b, clients = p.clients, services = 12, over = s(2) }
    wait(s(8))
    w:crash(a)
    wait(between(s(10), s(30)))

    step "a boots behind a narrow link, and shops open while it loads"
    w:link(b, a, { bandwidth = p.bandwidth, rtt = ms(80) })
    w:link(c, a, { bandwidth = p.bandwidth, rtt = ms(80) })
    w:restart(a)
    local booted = now()
    local open = shops.open(w, { count = 10, name = "shop", service = "shop", servers = { b, c } })
    eventually(s(60), function() return a:state().initialised end, "a loads")
    measure("loaded after", now() - booted)

    step "what a lacks comes by push or verify"
    eventually(s(3) + s(3) + bounds.repair(ms(80)), function() return w:converged() end, "all agree")
    expect(a:knows(open) and a:knows(fleet), "a lacks somebody")
    measure("agreed after", now() - booted)
  end,
}
