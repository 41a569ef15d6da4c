-- Question 5 of README.md: a provider's host vanishes silently; a consumer in the other region has let it go 20 to 35 s later if it spoke
-- gRPC, and within 47 s if it sent 1.x beats. Its own server notices (idle 20 s, a scan every 3 s, a probe of 5 s), the rest is a
-- push across and a notification; a 1.x client is unhealthy 15 s after its last beat, deleted after 30 s, looked at every 5 s.
-- FINDING: the page's floor of 25 s holds for a client that spoke just before; health checks come every 5 to 10 s, so it is 15 to 20 s less.
local bounds = require "bounds"
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(30), services = 5, each = 2, deaths = 4 },
  topology = function(p) return stretched.topology(p.rtt) end,
  must_see = { "client.ejected", "beat.expired" },
  story = function(w, p)
    local east, west = stretched.fleets(w, p)
    local old = w:fleet { name = "old", server = "east", kind = "nacos-client-1", clients = 10, services_of = east }
    wait(between(s(30), s(36)))
    step "some hosts of 2.x clients lose power"
    east:kill(p.deaths)
    wait(s(60))
    local seen = w:metrics { from = "east", to = "west" }
    expect(seen.node_deaths.count == p.deaths, "they were not all noticed")
    seen = seen.consumer_deaths
    expect(seen.p50 > s(13) and seen.max <= bounds.silent_death + p.rtt / 2 + bounds.notify, "the slowest took " .. tostring(seen.max))
    measure("2.x: noticed across, slowest", seen.max)
    step "and some of 1.x clients"
    old:kill(p.deaths)
    wait(s(90))
    local both = w:metrics { from = "east", to = "west" }
    expect(both.node_deaths.count == 2 * p.deaths, "they were not all noticed")
    both = both.consumer_deaths
    expect(both.max <= s(30) + s(5) + bounds.push(p.rtt / 2) + bounds.notify + s(5), "1.x: the slowest took " .. tostring(both.max))
    measure("all: noticed across, slowest", both.max)
    expect(w:converged(), "somebody lists the dead")
  end,
}
