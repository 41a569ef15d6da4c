-- What an operator sets is in what queries and pushes return, not in the store, and lives 60 s longer than its instance.
local raft = require "raft"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "raft.commit" },
  always = raft.safety,
  story = function(w)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    local consumer = w:client { name = "consumer", server = c, subscribe = { "shop" } }
    shop:register { service = "shop", metadata = { version = "1" } }
    wait(s(3))
    step "an operator sets weight and a lane"
    expect(w:override { service = "shop", ip = shop.ip, weight = 5, metadata = { lane = "blue" }, server = b })
    eventually(s(1.1), function()
      local seen = consumer:sees("shop")[1]
      return seen and seen.overridden and seen.weight == 5 and seen.metadata.lane == "blue"
    end, "pushed")
    expect(consumer:sees("shop")[1].metadata.version == "1", "laid over, entry by entry")
    expect(w:converged(), "the store knows nothing of it, and overrides are no part of the truth")
    step "then takes it off the lists"
    expect(w:override { service = "shop", ip = shop.ip, enabled = false })
    eventually(s(1.1), function() return #consumer:sees "shop" == 0 end, "no longer pushed")
    expect(w:all_know(shop), "the store lost it")
    expect(w:override { service = "shop", ip = shop.ip, enabled = true })
    eventually(s(1.1), function() return #consumer:sees "shop" == 1 end, "back")
    expect(consumer:sees("shop")[1].weight == 5, "what is left out stays")
    step "it leaves for 80 s: the override goes after 60 s, with the next look of 5 s"
    shop:close()
    wait(s(80))
    local again = w:client { name = "shop-2", server = b, ip = shop.ip }
    again:register { service = "shop" }
    eventually(s(3), function()
      local seen = consumer:sees("shop")[1]
      return seen and not seen.overridden and seen.weight == 1
    end, "as it registered")
  end,
}
