-- What an idle bridge sends over the WAN: each worker asks for the list of every service every
-- 10 s, and beside the source it beats for every instance every 5 s. Both laws are met within 5 %; a poll or
-- a beat waits its period from the answer to the one before, so a round trip makes it that much rarer.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), services = 20, per_service = 5, workers = 2, placement = "source" },
  topology = function(p)
    local services = {}
    for i = 1, p.services do services[i] = "fleet-" .. i end
    return bridged.pair(p.rtt, { placement = p.placement, workers = p.workers, services = services })
  end,
  must_see = { "bridge.copied" },

  story = function(w, p)
    local west = w:cluster "west"
    local shops = {}
    for i = 1, p.services do
      for _, shop in ipairs(bridged.open(w, "fleet-" .. i, p.per_service)) do shops[#shops + 1] = shop end
    end
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(30))
    local beaters = 0
    for i = 1, p.workers do beaters = beaters + w:bridge_state("east>west/" .. i).beating end
    local far = p.placement == "source" and "west" or "east"
    local function sent(op)
      local sum = 0
      for i = 1, p.workers do
        for _, n in ipairs { w:cluster(far):nodes() } do
          sum = sum + w:traffic { from = "east>west/" .. i, to = n, op = op }.messages
        end
      end
      return sum
    end
    step "nothing happens for five minutes"
    local polls, beats = sent "QUERY", sent "BEAT"
    wait(minutes(5))
    polls, beats = sent "QUERY" - polls, sent "BEAT" - beats
    local polls_law = p.workers * p.services * (minutes(5) / s(10))
    local beats_law = p.placement == "source" and beaters * (minutes(5) / s(5)) or 0
    measure("polls of the law", polls / polls_law)
    expect(polls >= polls_law * 0.95 and polls <= polls_law * 1.05, "polls")
    expect(beats >= beats_law * 0.95 and beats <= beats_law * 1.05, "beats")
  end,
}
