-- How soon is a registration in one region seen in the other, over a WAN?
local ask = require "ask"
return scenario {
  params   = { rtt = ms(75), loss = ratio(1, 10000), servers = 3, changes = 200 },
  topology = function(p)
    return { sites = { here = p.servers, there = p.servers }, wan = { rtt = p.rtt, jitter = percent(10), loss = p.loss } }
  end,
  budget   = { ["convergence.p99"] = s(30) },
  story    = function(w, p)
    local f = w:fleet { name = "shop", clients = p.changes, services = 20, sites = { here = 1, there = 1 }, over = s(60) }
    wait(s(90))
    local figures = w:metrics { from = "here", to = "there" }
    answer(string.format("Half of the registrations were seen in the other region within %s, 99 %% within %s.",
      ask.time(figures.nodes.p50), ask.time(figures.nodes.p99)))
    answer(string.format("That is one sync delay (1 s) and half a round trip of %s, and more where a packet was lost.",
      ask.time(p.rtt)))
    expect(w:converged(), "not all servers agree 30 s after the last registration")
  end,
}
