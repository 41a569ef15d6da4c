-- nacos-sync#337: a task deleted at the console of one worker is deleted by that worker, and its row goes. The
-- other worker never learns of it: its listener, its passes and its beats go on, so the copies are back
-- with its next beat, and stay. With the switch off all workers hear of the deletion.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 5, delete_seen_by_one = true },
  topology = function(p)
    return bridged.pair(p.rtt, { workers = 2, services = { "shop" }, delete_seen_by_one = p.delete_seen_by_one })
  end,
  must_see = { "bridge.removed", "bridge.stopped" },

  story = function(w, p)
    local west = w:cluster "west"
    wait(s(10))
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(30))
    step "the task is deleted at the first worker's console"
    w:bridge_task("east>west", "shop", "delete", { worker = 1 })
    if p.delete_seen_by_one then
      -- The other worker's next beat may come before the last replica of a copy has gone, a second later.
      eventually(s(10), function() return not west:all_know(shops) end, "no copy was taken back")
      measure("back after", within(s(0), bridged.fallback + s(5), function() return west:all_know(shops) end,
                                   "the other worker has brought them back"))
      wait(minutes(6))
      expect(west:all_know(shops), "they have gone again")
    else
      eventually(s(10), function() return west:none_knows(shops) end, "the copies are gone")
      wait(minutes(6))
      expect(west:none_knows(shops), "they have come back")
    end
  end,
}
