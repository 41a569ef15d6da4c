-- Scenario 26 of multi-site 5.6 (T-C): all servers of the east restart at once, data warm-up off. They serve at once and know nobody, so
-- whoever reconnects and subscribes is pushed an empty or short list, and under the agent that list replaces what the
-- west still knows: false-empty, although both the west's registry and every provider are well. Empty protection ignores
-- lists without a healthy host, and the ideal client merges: neither ever sees nothing.
-- 1.x consumers meet it by their next poll only if both answers are empty (they are merged), or by a push.
local dual = require "dual"

return scenario {
  params   = { rtt = ms(30), each = 4 },
  topology = function(p) return dual.topology(p, { settings = { ["nacos.naming.data.warmup"] = false } }) end,
  must_see = { "node.crash", "client.redo" },
  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = {}
    for i = 1, p.each do
      shops[i] = dual.client(w, "2.x", i % 2 == 0 and "east" or "west")
      shops[i]:register { service = "shop" }
    end
    local consumer = {
      ["2.x"] = dual.client(w, "2.x", "east"),
      ["2.x protected"] = dual.client(w, "2.x", "east", { empty_protection = true }),
      ["1.x"] = dual.client(w, "1.x", "east"),
      ["1.x protected"] = dual.client(w, "1.x", "east", { empty_protection = true }),
      ideal = dual.client(w, "ideal", "east"),
    }
    for _, k in pairs(consumer) do k:subscribe "shop" end
    wait(between(s(20), s(30)))
    local empty, short = {}, {}
    for name, k in pairs(consumer) do
      expect(#k:sees "shop" == p.each, name .. " misses a shop")
      empty[name] = watch(function() return #k:sees "shop" == 0 end)
      short[name] = watch(function() return #k:sees "shop" < p.each end)
    end
    step "the east restarts"
    for _, n in ipairs { east:nodes() } do w:restart(n) end
    wait(s(60))
    for name, k in pairs(consumer) do
      measure("nothing to call for, " .. name, dual.longest(empty[name]))
      measure("less than everything for, " .. name, dual.longest(short[name]))
      expect(#k:sees "shop" == p.each, name .. ": not whole at the end")
    end
    expect(#empty.ideal:spans() == 0 and #empty["2.x protected"]:spans() == 0 and #empty["1.x protected"]:spans() == 0, "protection let an empty list through")
    expect(dual.longest(short["2.x"]) > s(0), "the restart did not show")
    expect(dual.longest(short["2.x"]) < s(8), "longer than redo, Distro and a push")
    -- The west's registry never lost anybody.
    expect(west:all_know(shops) and w:converged())
  end,
}
