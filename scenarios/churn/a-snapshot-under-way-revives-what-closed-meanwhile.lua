-- A client that closes while a snapshot holding it is under way comes back to life on the loading node, for
-- the lease.
-- The DELETE arrives first and leaves no tombstone; then the snapshot creates the client anew. Its owner is
-- gone, so no VERIFY corrects it; the fresh lease ends it, 180 s to 185 s after the load.
local bounds = require "bounds"

return scenario {
  params   = { late = s(8) },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "snapshot.served", "snapshot.loaded", "client.closed" },
  always   = { checks.no_zombies { grace = bounds.lease + s(8) } },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "two shops are open on c; a is down"
    local leaving = w:client { name = "leaving", server = c }
    local staying = w:client { name = "staying", server = c }
    expect(leaving:register { service = "shop" } and staying:register { service = "shop" }, "c refused them")
    eventually(bounds.push(), function() return w:all_know { leaving, staying } end, "both known everywhere")
    w:crash(a)
    wait(between(s(20), s(30)))

    step "a boots; the answer to its snapshot request is long under way, and meanwhile one shop closes"
    local snapshot = w:intercept { from = a, op = "SNAPSHOT", action = "delay_reply", by = p.late }
    w:restart(a)
    eventually(s(35), function() return snapshot:seen() == 1 end, "a asks for a snapshot")
    wait(s(1))
    leaving:close()
    -- A repair may have told a of it before the snapshot does; then the DELETE ends it on a, too.
    eventually(s(15), function() return w:none_knows(leaving) end, "all forget it")

    if setting "distrosim.tombstoneMs" > s(0) then
      step "the snapshot arrives, and a remembers that the shop is closed"
      never(function() return a:knows(leaving) end, "a revives it")
      eventually(p.late, function() return a:state().initialised end, "a has loaded")
      wait(s(10))
      expect(w:converged(), "the nodes do not agree on the shop that stayed")
      return
    end

    step "the snapshot arrives: a lists the dead shop again"
    eventually(p.late, function() return a:knows(leaving) end, "a revives it")
    expect(not b:knows(leaving) and not c:knows(leaving), "only a revives it")

    step "three minutes later its lease ends"
    local took = within(s(180), s(185) + ms(200), function() return not a:knows(leaving) end, "a forgets it")
    expect(a:counters().leases_expired >= 1, "it was not the lease that ended it")
    measure("revived for", took)
    expect(w:converged(), "the nodes do not agree on the shop that stayed")
  end,
}
