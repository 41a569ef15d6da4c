-- nacos-sync#346, #337: after a task had been deleted its copies stayed alive, because the beats went on. A
-- worker that carries a DELETE out drops the beat entries with the deregistrations. Set in the database
-- the status reaches every worker: the destination is empty a few seconds later.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 20, workers = 2 },
  topology = function(p) return bridged.pair(p.rtt, { workers = p.workers, services = { "shop" } }) end,
  must_see = { "bridge.removed", "bridge.stopped" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(30))
    step "the task's status becomes DELETE"
    w:bridge_task("east>west", "shop", "stop")
    measure("empty after", within(s(0), s(35), function() return west:none_knows(shops) end, "the west is empty"))
    for i = 1, p.workers do
      eventually(s(35), function() return w:bridge_state("east>west/" .. i).beating == 0 end,
                 "worker " .. i .. " has ceased to beat")
    end
    wait(s(310))
    expect(west:none_knows(shops), "copies have come back")
    expect(east:all_know(shops), "the east has lost its own")
  end,
}
