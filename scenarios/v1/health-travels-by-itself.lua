-- In 1.x an instance that stops beating is unhealthy on its owner first and on the others 5 s later, and healthy likewise.
-- No datum brings it: a receiver keeps the health that it has (Cluster#updateIps). Every 5 s each owner reports a
-- checksum of its services' health, and a server that differs asks (ServiceReporter); the first report comes a minute
-- after a server's start. The instance's own metadata has it judged after 8 s, not 15 s, so that the story needs no deletion.
local bounds = require "bounds"
local v1 = require "v1"

return scenario {
  topology = v1.topology(3),
  must_see = { "beat.late", "beat.recovered", "status.applied" },
  always   = { checks.view_matches_store {} },

  story = function(w)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop", server = a }
    shop:register { service = "shop", metadata = { ["preserved.heart.beat.timeout"] = "8000" } }
    eventually(bounds.push_v1, function() return w:all_know(shop) end, "known everywhere")
    wait(s(60) + between(s(0), s(5)))

    local function everywhere(health)
      return function()
        return v1.healthy(a, "shop") == health and v1.healthy(b, "shop") == health and v1.healthy(c, "shop") == health
      end
    end
    step "it stalls for 22 s"
    shop:pause(s(22))
    -- It may have beaten just before, and its next beat comes when it wakes up.
    eventually(s(8) + s(5) + bounds.health_v1, everywhere(false), "unhealthy everywhere")

    step "it beats again"
    eventually(s(22) + s(5) + bounds.health_v1, everywhere(true), "healthy everywhere")
    wait(s(20))
    expect(w:converged(), "the nodes drifted apart")
  end,
}
