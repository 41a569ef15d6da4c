-- A task is subscribed when its first pass has ended, and subscribing raises no event for what is
-- in the cache already. So what changes at the source while the first pass registers what it found, a round
-- trip for each, is missed: until the service changes again, or the pass of everything comes.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(75), shops = 60 },
  topology = function(p) return bridged.pair(p.rtt, { placement = "source", services = { "shop" } }) end,
  must_see = { "bridge.copied" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    w:crash "east>west/1"
    local batch = east:client { name = "batch", server = "n1" }
    local late = east:client { name = "late", server = "n1" }
    local list = {}
    for i = 1, p.shops do list[i] = { ip = "10.200.0." .. i, port = 8080 } end
    wait(s(1))
    batch:register_batch { service = "shop", instances = list }
    wait(s(5))
    step "the worker starts, and meanwhile another shop opens"
    w:restart "east>west/1"
    wait(s(1))
    late:register { service = "shop" }
    eventually(s(2) + p.rtt * p.shops * 1.1, function() return west:all_know(batch) end, "what it found is copied")
    wait(s(60))
    expect(not west:all_know(late), "the late one has been heard of")
    step "the pass of everything"
    eventually(bridged.fallback, function() return west:all_know(late) end, "the late one is copied")
  end,
}
