-- Servers check a persistent instance by TCP, by HTTP or not at all, as the metadata of its cluster says; that metadata goes a minute after its service.
local raft = require "raft"

local healthy = raft.healthy "db"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "raft.commit", "client.killed" },
  always = raft.safety,
  story = function(w)
    local a, b, c = w:nodes()
    local one = w:client { name = "one", server = a }
    local two = w:client { name = "two", server = b }
    local consumer = w:client { name = "consumer", server = c, subscribe = { "db" } }
    local ok, why = w:set_cluster { service = "db", check = "http" }
    expect(not ok and why == "refused", "there is no such service yet")
    for _, k in ipairs { one, two } do
      expect(k:register { service = "db", ephemeral = false }, "registered")
    end
    eventually(s(2), function() return healthy(consumer) == 2 end, "both healthy")
    step "TCP asks for a connection and no more"
    one:health_page(500)
    wait(s(15))
    expect(healthy(consumer) == 2, "a page is not asked for")
    step "HTTP asks for the page: 500 is unhealthy at once"
    expect(w:set_cluster { service = "db", check = "http", server = b }, "the checker is set")
    eventually(s(10), function() return healthy(consumer) == 1 end, "500 was found")
    step "503 is unhealthy after three in a row, 200 healthy after three"
    one:health_page(200)
    eventually(s(25), function() return healthy(consumer) == 2 end, "200, three times")
    one:health_page(503)
    eventually(s(25), function() return healthy(consumer) == 1 end, "503, three times")
    one:health_page(200)
    eventually(s(25), function() return healthy(consumer) == 2 end, "200 again")
    step "none leaves the health as it was"
    expect(w:set_cluster { service = "db", check = "none" }, "no checks any more")
    wait(s(8))
    two:kill()
    wait(minutes(1))
    expect(healthy(consumer) == 2, "what died is listed as healthy")
    step "TCP again finds it"
    expect(w:set_cluster { service = "db", check = "tcp" }, "TCP is set")
    eventually(s(25), function() return healthy(consumer) == 1 end, "silence, three times")
    expect(w:converged(), "servers agree")
  end,
}
