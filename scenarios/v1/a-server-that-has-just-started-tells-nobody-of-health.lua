-- For a minute after its start a server of 1.x keeps to itself that an instance has stopped beating.
-- The first ServiceReporter run comes after 60 s. Meanwhile the digest differs, since the datum shares its instances
-- with the service, and the peers pull every 5 s, in vain: a datum brings no health (Cluster#updateIps).
local bounds = require "bounds"
local services = require "services"
local v1 = require "v1"

return scenario {
  topology = v1.topology(3),
  must_see = { "beat.late", "verify.repair", "status.applied" },

  story = function(w)
    local a, b, c = w:nodes()
    local name = services.of(a, "shop")
    w:restart(a)
    local restarted = now()
    local shop = w:client { name = "shop", server = a }
    shop:register { service = name, metadata = { ["preserved.heart.beat.timeout"] = "5000",
                                                 ["preserved.ip.delete.timeout"] = "600000" } }
    eventually(bounds.push_v1, function() return w:all_know(shop) end, "known everywhere")
    wait(between(s(0), s(5)))

    step "it stalls for longer than the minute lasts"
    shop:pause(s(90))
    eventually(s(5) + s(5) + ms(100), function() return not v1.healthy(a, name) end, "unhealthy on its owner")
    local pulls = w:intercept { to = a, op = "PULL", nth = "all", action = "observe" }
    wait(s(16))
    expect(pulls:seen() >= 6, "b and c did not pull every 5 s")
    expect(v1.healthy(b, name) and v1.healthy(c, name), "a datum brought them its health")

    step "the minute is over"
    eventually(restarted + s(60) - now() + bounds.health_v1,
               function() return v1.healthy(b, name) == false and v1.healthy(c, name) == false end, "unhealthy everywhere")
    measure("told after", now() - restarted)
    wait(s(10))
    expect(w:converged(), "the nodes drifted apart")
  end,
}
