-- A server of 1.x restarts, loads nothing, and takes its services' living instances from everybody with its first digest.
-- In Nacos: DistroVerifyTask does not wait for the load, and DistroConsistencyServiceImpl#onReceiveChecksums removes
-- what mapSrv says is the sender's and is not in its digest (PROTOCOL.md 6.6, incident NDB-18). Each instance
-- comes back with its next beat, which is told 20404 and registers again.
local bounds = require "bounds"
local services = require "services"
local v1 = require "v1"

return scenario {
  topology = v1.topology(3),
  must_see = { "node.crash", "sync.deleted", "client.redo" },

  story = function(w)
    local a, b, c = w:nodes()
    step "two services of a's, one of which will be registered anew as soon as a is back"
    local lost, kept = services.of(a, "lost"), services.of(a, "kept")
    local shops = {}
    for i = 1, 4 do
      shops[i] = w:client { name = "shop-" .. i, server = b }
      shops[i]:register { service = lost }
    end
    eventually(bounds.push_v1, function() return w:all_know(shops) end, "known everywhere")
    wait(between(s(11), s(17)))

    step "a restarts while nobody can give it a snapshot, and its first digest is faster than the shops' beats"
    w:intercept { from = a, op = "SNAPSHOT", nth = "all", action = "refuse_apply" }
    local forwards = w:intercept { to = a, op = "FORWARD", nth = "all", action = "drop" }
    local beats = {}
    for i, shop in ipairs(shops) do
      beats[i] = w:intercept { from = shop, to = a, op = "BEAT", nth = "all", action = "drop" }
    end
    w:restart(a)
    local late = w:client { name = "late", server = a }
    local gone = watch(function() return not b:knows(shops) and not c:knows(shops) end)
    late:register { service = kept }
    eventually(bounds.repair_v1() + s(1), function() return gone:first() end, "a's digest takes them")
    forwards:stop()
    for _, beat in ipairs(beats) do beat:stop() end
    measure("gone after the restart", gone:first())

    step "every shop is back with its next beat"
    -- A beat under way waits 2 s where it is forwarded in vain, and 50 s for an answer of a's.
    eventually(s(5) + s(4) + s(50) + bounds.push_v1 + bounds.repair_v1(),
               function() return w:all_know(shops) end, "back everywhere")
    wait(s(40))
    expect(w:converged(), "something is left of it")
  end,
}
