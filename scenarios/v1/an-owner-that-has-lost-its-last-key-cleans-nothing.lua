-- A server of 1.x that comes back with nothing at all sends no digest, so a dead instance stays on its peers for ever.
-- In Nacos: DistroDataStorageImpl#getVerifyData says nothing rather than an empty map, peers have no lease, and only
-- the owner checks beats, which does not know the instance (PROTOCOL.md 6.6, 8.4). The first key that it owns
-- again makes its digest speak, and what is not in it goes.
-- That a peer has nothing to load from it is said by the peer here; two servers that restart together do it, too.
local bounds = require "bounds"
local services = require "services"
local v1 = require "v1"

return scenario {
  topology = v1.topology(3),
  must_see = { "client.killed", "snapshot.loaded", "sync.deleted" },

  story = function(w)
    local a, b, c = w:nodes()
    step "a shop of a's is known everywhere and dies together with a's memory"
    local name = services.of(a, "shop")
    local shop = w:client { name = "shop", server = b }
    shop:register { service = name }
    eventually(bounds.push_v1, function() return w:all_know(shop) end, "known everywhere")
    wait(between(s(3), s(9)))
    w:intercept { from = a, op = "SNAPSHOT", action = "refuse_apply", reply = "ok" }
    shop:kill()
    w:restart(a)
    wait(s(5))
    expect(a:state().initialised and not a:knows(shop), "a has loaded the shop")

    step "five minutes later b and c list it still"
    wait(minutes(5))
    expect(b:knows(shop) and c:knows(shop), "somebody took it away")
    measure("a zombie for", minutes(5))

    step "another service of a's opens, and a's digest speaks again"
    local other = w:client { name = "other", server = a }
    other:register { service = services.of(a, "other") }
    eventually(bounds.repair_v1(), function() return w:converged() end, "the zombie goes")
  end,
}
