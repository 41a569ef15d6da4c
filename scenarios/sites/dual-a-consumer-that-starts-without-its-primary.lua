-- Question 23 of README.md: consumers start while their own cluster is down. The 2.x agent serves the secondary's list, unfiltered,
-- once the attempts to connect to the primary are over (its own stack and the agent's, four each); the 1.x agent has
-- the secondary's good answer in hand and drops it: a guard tests the primary's result twice. A push from the secondary
-- may heal that; without UDP the consumer sees an empty service for as long as its own cluster is down.
local dual = require "dual"

return scenario {
  params   = { rtt = ms(30), down_for = minutes(2) },
  topology = function(p) return dual.topology(p) end,
  must_see = { "node.crash", "link.cut" },
  story = function(w, p)
    local west = w:cluster "west"
    local shops = { dual.client(w, "2.x", "east"), dual.client(w, "2.x", "west") }
    for _, shop in ipairs(shops) do shop:register { service = "shop" } end
    wait(s(5))
    local nodes = { west:nodes() }

    local function start(how)
      local consumer, first = {}, {}
      for _, variant in ipairs(dual.variants) do
        consumer[variant] = dual.client(w, variant, "west", { nearby = true })
        consumer[variant]:post "subscribe" ("shop")
        first[variant] = watch(function() return #consumer[variant]:sees "shop" > 0 end)
      end
      local deaf = dual.client(w, "1.x", "west", { nearby = true })
      w:intercept { to = deaf, op = "PUSH", nth = "all", action = "drop" }
      deaf:post "subscribe" ("shop")
      local from = now()
      never(function() return #deaf:sees "shop" > 0 and not west:node("n1"):alive() end, "the guard let the secondary's list through")
      wait(p.down_for)
      for _, variant in ipairs(dual.variants) do
        expect(first[variant]:first(), variant .. ": it never saw a shop")
        measure(how .. ": a shop seen after, " .. variant, first[variant]:first() - from)
      end
      expect(#deaf:sees "shop" == 0, "1.x without UDP sees an empty service")
      expect(#consumer["2.x"]:answered "shop" == 2, "2.x: the secondary's list alone is handed out unfiltered")
      expect(#consumer.ideal:sees "shop" == 1, "ideal: filtered whoever brings it")
      return first["2.x"]:first() - from, deaf
    end

    step "its servers are down: connections are refused"
    for _, n in ipairs(nodes) do w:crash(n) end
    local refused, deaf = start "refused"
    expect(refused < s(2), "refusals cost no time")
    for _, n in ipairs(nodes) do w:restart(n) end
    eventually(s(61) + s(2), function() return #deaf:sees "shop" > 0 end, "the primary is back, and the next poll brings its list")

    step "its servers are black holes: every attempt costs 3 s, eight of them"
    w:blackhole(nodes)
    local silent = start "silent"
    expect(silent >= s(24) and silent <= s(26) + s(3), "four attempts of the application's own stack, four of the agent's")
  end,
}
