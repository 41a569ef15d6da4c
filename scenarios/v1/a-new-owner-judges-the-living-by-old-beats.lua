-- A server of 1.x dies, and its successor removes instances that never missed a beat.
-- In Nacos: lastBeat crosses the wire with a datum only, so a replica's is as old as the last push; the server that becomes
-- the owner (ClientBeatCheckTask) takes anything older than 30 s away at its next check, unless the beat of the
-- instance is faster (PROTOCOL.md 8.4, nacos#1873). Each comes back with its next beat.
local bounds = require "bounds"
local services = require "services"
local v1 = require "v1"

return scenario {
  params   = { shops = 12 },
  topology = v1.topology(3),
  must_see = { "node.crash", "owner.changed", "beat.expired" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "shops of a's, alive for more than half a minute, each with beats of its own time"
    local name = services.of(a, "shop")
    local shops = {}
    for i = 1, p.shops do
      shops[i] = w:client { name = "shop-" .. i, server = one_of { b, c } }
      shops[i]:register { service = name }
      wait(s(5) / p.shops)
    end
    eventually(bounds.push_v1, function() return w:all_know(shops) end, "known everywhere")
    wait(between(s(40), s(46)))

    step "a dies; nobody's beats stop"
    local missing = watch(function()
      return b:alive() and c:alive() and not (b:knows(shops) and c:knows(shops))
    end)
    -- A refused report makes a DOWN: each peer is reported to every 4 s. Then a check within 5 s: unless each shop
    -- has been heard by then, which sometimes happens, and a has to die again.
    local deaths = 0
    repeat
      w:crash(a)
      deaths = deaths + 1
      wait(s(4) + s(5) + ms(200))
      if not missing:first() then
        w:restart(a)
        wait(s(50))
      end
    until missing:first() or deaths == 5
    expect(missing:first(), "nobody was taken for dead")
    measure("deaths of a until then", deaths)
    eventually(s(15), function() return b:knows(shops) and c:knows(shops) end, "all are back with their beats")
    wait(s(60))
    expect(w:converged(), "the nodes drifted apart")
  end,
}
