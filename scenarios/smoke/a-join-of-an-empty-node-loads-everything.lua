-- A node that joins an old cluster lists all of it soon, although nothing in it changes any more.
-- It asks the first peer that answers for a snapshot, at once if its connections stand by then, else again
-- after 30 s. Either way each owner verifies its clients to the new peer every 5 s, finds them unknown and
-- pushes them: so it takes no longer than a handshake (three round trips) and one such repair (5.3 s). A
-- boot takes no time here.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { nodes = 3, shops = 40 },
  topology = function(p) return { nodes = p.nodes, lan = { rtt = between(us(200), ms(2)) } } end,
  must_see = { "node.join", "node.loaded", "snapshot.served" },
  always   = { checks.no_lost_instances {}, checks.view_matches_store {} },

  story = function(w, p)
    step "forty shops are open, and known everywhere"
    local old = { w:nodes() }
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = old })
    eventually(bounds.push(), function() return w:all_know(open) end, "all shops known everywhere")
    wait(between(s(5), s(15)))

    step "a node joins"
    local joined = now()
    local new = w:join("n" .. p.nodes + 1)
    eventually(bounds.repair(ms(2) * 4), function() return new:knows(open) end, "the new node lists all shops")
    measure("listed all after", now() - joined)

    step "all of them agree, and the new node says that it has loaded"
    eventually(s(31), function() return new:state().initialised and w:converged() end, "loaded and agreed")
  end,
}
