-- The threshold of a service's protection: while no more than that part of its persistent instances is healthy, lists say that all are, without a push when it is set.
local raft = require "raft"

local healthy = raft.healthy "db"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "raft.commit", "client.closed" },
  always = raft.safety,
  story = function(w)
    local a, b, c = w:nodes()
    local one = w:client { name = "one", server = a }
    local two = w:client { name = "two", server = b }
    local consumer = w:client { name = "consumer", server = c, subscribe = { "db" } }
    for _, k in ipairs { one, two } do
      expect(k:register { service = "db", ephemeral = false }, "registered")
    end
    eventually(s(2), function() return healthy(consumer) == 2 end, "both healthy")
    step "one of two closes: unhealthy"
    one:close()
    eventually(s(10), function() return healthy(consumer) == 1 end, "a reset is found")
    step "half healthy is no more than half"
    expect(w:set_service { service = "db", protect_threshold = 0.5, server = b }, "the threshold is set")
    local late = w:client { name = "late", server = c, subscribe = { "db" } }
    eventually(s(2), function() return healthy(late) == 2 end, "who asks now is told that all are")
    step "a threshold of a third leaves it as it is"
    expect(w:set_service { service = "db", protect_threshold = 0.3 }, "the threshold is set")
    wait(s(1))
    local last = w:client { name = "last", server = a, subscribe = { "db" } }
    eventually(s(2), function() return #last:sees "db" == 2 end, "asked")
    expect(healthy(last) == 1, "one of two is more than a third")
    expect(w:converged() and #w:truth "db" == 2, "the store and the truth know of no threshold")
    step "the threshold goes a minute after its service"
    expect(w:set_service { service = "db", protect_threshold = 0.5 }, "the threshold is set")
    for _, k in ipairs { one, two } do
      expect(last:deregister { service = "db", ip = k.ip, ephemeral = false }, "taken back")
    end
    wait(minutes(5))
    local third = w:client { name = "third", server = a }
    local fourth = w:client { name = "fourth", server = b }
    for _, k in ipairs { third, fourth } do
      expect(k:register { service = "db", ephemeral = false }, "registered")
    end
    wait(s(2))
    fourth:close()
    wait(s(10))
    expect(#last:sees "db" == 2 and healthy(last) == 1, "half is healthy, and half are said to be")
  end,
}
