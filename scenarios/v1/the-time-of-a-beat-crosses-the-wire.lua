-- In 1.x a server that loads a dead instance, and becomes its owner, removes it half a minute after its last beat, not after
-- the load: lastBeat travels in the datum.
-- What is unfair to the living (nacos#1873) is right for the dead.
local bounds = require "bounds"
local services = require "services"
local v1 = require "v1"

return scenario {
  topology = v1.topology(2),
  must_see = { "client.killed", "snapshot.loaded", "member.down", "beat.expired" },

  story = function(w)
    local a, b = w:nodes()
    step "a shop of a's dies"
    local shop = w:client { name = "shop", server = a }
    shop:register { service = services.of(a, "shop") }
    eventually(bounds.push_v1, function() return w:all_know(shop) end, "known everywhere")
    wait(between(s(6), s(12)))
    shop:kill()
    local died = now()

    step "later b restarts and loads it, and a dies, too"
    wait(between(s(14), s(18)))
    w:restart(b)
    eventually(s(1), function() return b:state().initialised end, "b has loaded")
    expect(b:knows(shop), "a had taken it away")
    w:crash(a)
    -- b's first report comes 5 s after its start and is refused; then b checks every 5 s.
    eventually(died + s(30) - now() + s(5) + ms(100), function() return not b:knows(shop) end, "b removes it")
    measure("gone after its death", now() - died)
  end,
}
