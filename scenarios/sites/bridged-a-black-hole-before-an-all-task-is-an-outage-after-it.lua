-- Canonical scenario 15, bridged with an ALL task: the list of services cannot be read for 75 s, which counts as
-- "there are none", so a DELETE is posted for every service. They fail while the source is silent, and
-- wait for one another; those that come to run after the heal succeed, and take back the copies of
-- healthy instances. The following scans, 3 s apart, copy everything anew. A real bridge did so after 75 s, within 6.3 s,
-- and nothing at all after 30 s: the list is asked for on a pooled connection, which waits 50 s (the read time-out)
-- before the next server costs a connect time-out of 3 s. Whether that ends before the heal is a matter of phases: all
-- services are hit, or none.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(75), services = 60, black_for = s(75), list_failure_is_empty = true },
  topology = function(p)
    return bridged.pair(p.rtt, { placement = "destination", list_failure_is_empty = p.list_failure_is_empty })
  end,
  must_see = { "link.cut", "bridge.copied" },

  story = function(w, p)
    local west = w:cluster "west"
    local shops = {}
    for i = 1, p.services do
      for _, shop in ipairs(bridged.open(w, "shop-" .. i, 1)) do shops[#shops + 1] = shop end
    end
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(20))
    local holes = {}
    for i, shop in ipairs(shops) do
      holes[i] = watch(function() return not west:node "n1":knows(shop) end)
    end
    step "the source is silent"
    w:cut("east", "west")
    wait(p.black_for)
    for i in ipairs(shops) do expect(holes[i]:first() == nil, "a copy went during the cut") end
    step "it is back"
    w:heal()
    wait(s(10))
    eventually(minutes(5), function() return west:all_know(shops) end, "all are copied")
    wait(s(60))
    expect(west:all_know(shops), "and stay so")
    local hit, worst, sum = 0, s(0), s(0)
    for i in ipairs(shops) do
      local away = s(0)
      for _, span in ipairs(holes[i]:spans()) do away = away + (span.to - span.from) end
      if away > s(0) then hit = hit + 1 end
      if away > worst then worst = away end
      sum = sum + away
    end
    measure("services hit", hit)
    measure("longest outage", worst)
    measure("mean outage", sum / p.services)
    if p.list_failure_is_empty and p.black_for > s(30) then
      expect(hit == 0 or hit > p.services / 2, "most services were spared, and some were not")
    elseif p.list_failure_is_empty then
      expect(hit == 0, "a service was hit although the list was still awaited")
    else
      expect(hit == 0, "a service was hit although a failed list is no empty one")
    end
  end,
}
