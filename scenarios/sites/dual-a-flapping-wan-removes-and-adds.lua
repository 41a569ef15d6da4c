-- Question 12 of README.md: the WAN is down for 20 s and up for 20 s, fifteen times. Under dual registration the far region's
-- entries go and come: a client that has lost its far server connects anew when it can, its old connection's end takes the entry
-- away, and redo brings it back up to 3 s later. The near cluster sees none of it.
local dual = require "dual"

return scenario {
  params   = { rtt = ms(30), times = 15, each = 4 },
  topology = function(p) return dual.topology(p) end,
  must_see = { "link.cut", "client.redo" },
  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops, missing = {}, {}
    for _, variant in ipairs(dual.variants) do
      shops[variant] = {}
      for i = 1, p.each do
        shops[variant][i] = dual.client(w, variant, "east")
        shops[variant][i]:register { service = variant .. ".shop" }
      end
    end
    wait(s(15))
    local all = {}
    for _, variant in ipairs(dual.variants) do
      missing[variant] = {}
      for i, shop in ipairs(shops[variant]) do
        table.insert(all, shop)
        missing[variant][i] = watch(function() return not west:all_know(shop) end)
      end
    end
    never(function() return not east:all_know(all) end, "the near cluster lost somebody")
    step "the WAN flaps"
    w:flap("east", "west", { down = s(20), up = s(20), times = p.times })
    wait(s(40) * p.times + s(60))
    for _, variant in ipairs(dual.variants) do
      local flaps, longest = 0, s(0)
      for _, watched in ipairs(missing[variant]) do
        flaps = flaps + #watched:spans()
        local took = dual.longest(watched)
        if took > longest then longest = took end
      end
      measure("removals for each cut and application, " .. variant, flaps / p.each / p.times)
      measure("longest absence, " .. variant, longest)
      if variant ~= "1.x" then
        expect(flaps >= p.each * p.times / 2, variant .. ": removed and added again")
        expect(west:all_know(shops[variant]), variant .. ": missing at the end")
      end
    end
  end,
}
