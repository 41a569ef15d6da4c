-- A heartbeat client that stalls for 22 s is shown ill meanwhile, and healthy on every node soon after its
-- next beat.
-- Ill after 15 s without a beat, looked at every 5 s; its first beat after the stall makes it healthy on its
-- owner at once, no matter which server took it, and on all others with a push. It is not dropped: that takes 30 s.
local bounds = require "bounds"

return scenario {
  topology = function()
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1" }
  end,
  must_see = { "beat.late", "beat.recovered" },
  always   = { checks.no_lost_instances { gap = s(0) } },

  story = function(w)
    local nodes = { w:nodes() }
    local function shown(healthy)
      return function()
        for _, n in ipairs(nodes) do
          local listed = n:stored "shop"
          if #listed ~= 1 or listed[1].healthy ~= healthy then return false end
        end
        return true
      end
    end
    step "a beating client is known everywhere"
    local beater = w:client { name = "beater", server = one_of(nodes) }
    expect(beater:register { service = "shop" }, "it was refused")
    eventually(bounds.push(), shown(true), "known everywhere, healthy")
    wait(between(s(6), s(12)))

    step "it stalls"
    beater:pause(s(22))
    eventually(s(15) + s(5) + bounds.push(), shown(false), "shown ill everywhere")

    step "it goes on"
    wait(s(22) - s(15))
    eventually(s(15) + s(5) + bounds.push(), shown(true), "shown healthy everywhere")
  end,
}
