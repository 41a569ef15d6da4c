-- An instance that was taken down while a server was starting is listed by that server again, and for three
-- more minutes.
-- In Nacos: DistroLoadDataTask applies a snapshot element by element (DistroClientDataProcessor#
-- handlerClientSyncData), ConnectionBasedClientManager#clientDisconnected keeps no tombstone, and a loaded
-- replica's lease starts anew (PROTOCOL.md 7, 9.6.4).
-- --set cured=true remembers who has gone (distrosim.tombstoneMs = 190 s): it never comes back. To let a snapshot
-- carry the leases that it found (distrosim.snapshotResetsLease = false) is no cure: its owner had renewed this one.
local bounds = require "bounds"

return scenario {
  params   = { cured = false, late = s(8) },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = p.cured and { ["distrosim.tombstoneMs"] = s(190) } or {} }
  end,
  must_see = { "snapshot.served", "snapshot.loaded", "client.closed" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "two shops are open on c"
    local leaving = w:client { name = "leaving", server = c }
    local staying = w:client { name = "staying", server = c }
    expect(leaving:register { service = "shop" } and staying:register { service = "shop" }, "c refused them")
    eventually(bounds.push(), function() return w:all_know { leaving, staying } end, "both known everywhere")
    wait(between(s(6), s(12)))

    step "a restarts; while its snapshot is under way one shop closes, and a hears of it"
    local snapshot = w:intercept { from = a, op = "SNAPSHOT", action = "delay_reply", by = p.late }
    w:restart(a)
    eventually(s(1), function() return snapshot:seen() == 1 end, "a asks for a snapshot")
    wait(s(1))
    leaving:close()
    wait(s(6))
    expect(w:none_knows(leaving), "somebody still lists it")

    step "the snapshot arrives, and brings it back"
    if setting "distrosim.tombstoneMs" > s(0) then
      never(function() return a:knows(leaving) end, "a lists the dead shop again")
      eventually(s(2), function() return a:state().initialised end, "a has loaded")
      wait(s(10))
      expect(w:all_know(staying), "the shop that stayed is missing")
      return
    end
    eventually(s(2), function() return a:knows(leaving) end, "a lists the dead shop again")
    local took = within(s(180) - ms(100), bounds.lease, function() return not a:knows(leaving) end, "a forgets it")
    expect(a:counters().leases_expired == 1, "it was not the lease that ended it")
    measure("revived for", took)
    expect(w:all_know(staying), "the shop that stayed went with it")
  end,
}
