-- Up to 1.4.1 a digest that removes a datum leaves the service's list as it was: two stores for one fact.
-- In Nacos: queries and beat checks work on the service map, replication on the data store, and Service#onDelete was
-- empty until 1.4.2 (nacos#4829, incident NDB-16). The survivors go on listing what a newcomer, which loads from
-- the store, has never heard of.
local bounds = require "bounds"
local services = require "services"
local v1 = require "v1"

return scenario {
  params   = { cured = false },
  topology = function(p)
    return v1.topology(3, { settings = { ["distrosim.removalReachesServices"] = p.cured } })
  end,
  must_see = { "snapshot.loaded", "sync.deleted", "node.join" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "a shop of a's dies, and a comes back without it, but with another"
    local name = services.of(a, "shop")
    local shop = w:client { name = "shop", server = b }
    shop:register { service = name }
    eventually(bounds.push_v1, function() return w:all_know(shop) end, "known everywhere")
    wait(between(s(3), s(9)))
    w:intercept { from = a, op = "SNAPSHOT", action = "refuse_apply", reply = "ok" }
    shop:kill()
    w:restart(a)
    wait(s(1))
    local other = w:client { name = "other", server = a }
    other:register { service = services.of(a, "other") }
    wait(bounds.repair_v1() + s(1))
    expect(b:counters().verify_sent >= 0 and not a:knows(shop))

    if p.cured then
      expect(w:converged(), "b or c lists it still")
      local late = w:join("n4")
      if late:setting "distrosim.generation" ~= 1 then w:upgrade(late, "nacos-1.4") end
      return
    end
    step "b and c have no datum of it and list it; a newcomer does not"
    expect(b:knows(shop) and c:knows(shop), "the lists followed the store")
    local d = w:join("n4")
    if d:setting "distrosim.generation" ~= 1 then w:upgrade(d, "nacos-1.4") end -- whatever --profile says
    eventually(s(40), function() return d:state().initialised end, "the newcomer has loaded")
    wait(bounds.repair_v1())
    expect(d:knows(other) and not d:knows(shop), "the newcomer has it from somewhere")
    measure("listed by", (b:knows(shop) and 1 or 0) + (c:knows(shop) and 1 or 0))
  end,
}
