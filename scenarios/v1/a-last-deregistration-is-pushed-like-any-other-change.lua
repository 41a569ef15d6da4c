-- In 1.x the last instance of a service leaves by a push: a datum without instances is a datum still.
-- ServiceManager#removeInstance puts the empty list, so "nothing is left" travels as a DATUM; no key vanishes and no
-- digest is needed. If the push is lost, the digest names the key, and the peer pulls the empty list.
local bounds = require "bounds"
local services = require "services"
local v1 = require "v1"

return scenario {
  params   = { lost = 0 },
  topology = v1.topology(3),
  must_see = { "client.deregistered", "sync.applied" },
  always   = { checks.no_zombies { grace = bounds.push_v1 + bounds.repair_v1() }, checks.view_matches_store {} },

  story = function(w)
    local a, b, c = w:nodes()
    local name = services.of(a, "shop")
    local shop = w:client { name = "shop", server = one_of { a, b, c } }
    shop:register { service = name }
    eventually(bounds.push_v1, function() return w:all_know(shop) end, "known everywhere")
    wait(between(s(3), s(9)))

    step "it leaves, and the push is all that tells b and c"
    local digests = w:intercept { from = a, op = "CHECKSUM", nth = "all", action = "drop" }
    shop:deregister { service = name }
    eventually(bounds.push_v1, function() return w:converged() end, "gone by a push")
    digests:stop()

    step "it comes and leaves again, and the digest is all that tells c"
    shop:register { service = name }
    eventually(bounds.push_v1, function() return w:all_know(shop) end, "known everywhere again")
    local pushes = w:intercept { from = a, to = c, op = "DATUM", nth = "all", action = "drop" }
    shop:deregister { service = name }
    -- A digest that was on its way when the push was dropped waits with it; the next is 5 s later.
    eventually(bounds.push_v1 + bounds.repair_v1(), function() return w:converged() end, "gone by a pull")
    pushes:stop()
  end,
}
