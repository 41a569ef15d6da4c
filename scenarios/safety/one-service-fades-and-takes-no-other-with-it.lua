-- A heartbeat client takes one of its two services back, and no server hears of it: that service fades within a minute,
-- and the other is never missing.
-- Beats belong to a service: they end for the one, so its owner misses them for 30 s (looked at every 5 s) and removes
-- it (ExpiredInstanceChecker), and go on for the other. A second and a scan later (push) everybody knows.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, clients = "nacos-client-1" },
  must_see = { "beat.expired" },

  story = function(w)
    local a, b, c = w:nodes()
    local k = w:client { name = "k", server = a }
    expect(k:register { service = "fades" }, "refused")
    expect(k:register { service = "stays" }, "refused")
    local function listed(service, everywhere)
      local count = 0
      for _, n in ipairs { a, b, c } do count = count + #n:stored(service) end
      return count == (everywhere and 3 or 0)
    end
    eventually(bounds.push(), function() return listed("fades", true) and listed("stays", true) end, "listed")
    wait(between(s(0), s(6)))
    step "nobody hears that one is taken back"
    always(function() return listed("stays", true) end, "the other service is missing")
    local lost = w:intercept { from = k, op = "DEREGISTER", nth = "all", action = "drop" }
    k:post "deregister" { service = "fades" }
    within(s(24), s(30) + s(5) + s(5) + bounds.push(), function() return listed("fades", false) end, "it fades")
    expect(lost:seen() > 0, "nothing was lost")
    wait(s(30))
  end,
}
