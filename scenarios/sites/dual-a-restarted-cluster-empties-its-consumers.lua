-- Question 26 of README.md: all servers of the east restart at once, data warm-up off. They serve at once and know no client, so
-- a consumer that reconnects and subscribes is pushed an empty or short list, and under the agent that list replaces what the
-- west still knows: false-empty, although both the west's registry and every provider are well. Empty protection ignores
-- lists without a healthy host, and the ideal client merges: neither ever sees nothing.
-- 1.x consumers meet it by their next poll only if both answers are empty (they are merged), or by a push.
local dual = require "dual"

return scenario {
  params   = { rtt = ms(30), each = 2, consumers = 6, rounds = 4 },
  topology = function(p) return dual.topology(p, { settings = { ["nacos.naming.data.warmup"] = false } }) end,
  must_see = { "node.crash", "client.redo" },
  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = {}
    for i = 1, p.each do
      wait(between(s(0), s(3))) -- any phase of their redo tasks
      shops[i] = dual.client(w, "2.x", i % 2 == 0 and "east" or "west")
      shops[i]:register { service = "shop" }
    end
    local how = {
      ["2.x"] = {}, ["2.x protected"] = { empty_protection = true },
      ["1.x"] = {}, ["1.x protected"] = { empty_protection = true }, ideal = {},
    }
    local consumers = {}
    for name, options in pairs(how) do
      consumers[name] = {}
      for i = 1, p.consumers do
        wait(between(s(0), s(3)))
        consumers[name][i] = dual.client(w, name:match "^%S+", "east", options)
        consumers[name][i]:subscribe "shop"
      end
    end
    wait(between(s(20), s(30)))
    local empty, short = {}, {}
    for name, list in pairs(consumers) do
      empty[name], short[name] = {}, {}
      for i, k in ipairs(list) do
        expect(#k:sees "shop" == p.each, name .. " misses a shop")
        empty[name][i] = watch(function() return #k:sees "shop" == 0 end)
        short[name][i] = watch(function() return #k:sees "shop" < p.each end)
      end
    end
    for round = 1, p.rounds do
      step("the east restarts, " .. round)
      for _, n in ipairs { east:nodes() } do w:restart(n) end
      wait(between(s(45), s(50)))
    end
    local function longest(watches)
      local found = s(0)
      for _, watched in ipairs(watches) do
        if dual.longest(watched) > found then found = dual.longest(watched) end
      end
      return found
    end
    for name, list in pairs(consumers) do
      measure("nothing to call for, " .. name, longest(empty[name]))
      measure("less than everything for, " .. name, longest(short[name]))
      for _, k in ipairs(list) do expect(#k:sees "shop" == p.each, name .. ": not whole at the end") end
    end
    expect(longest(empty["2.x"]) > s(0), "the restart did not show")
    expect(longest(short["2.x"]) < s(8), "longer than redo, Distro and a push")
    for _, name in ipairs { "2.x protected", "1.x protected", "ideal" } do
      expect(longest(empty[name]) == s(0), name .. ": an empty list got through")
    end
    expect(longest(short.ideal) == s(0), "the ideal one lost somebody whom the west lists")
    -- The west's registry never lost anybody.
    expect(west:all_know(shops) and w:converged())
  end,
}
