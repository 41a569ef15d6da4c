-- An instance that was taken down while a server was starting is listed by that server again, and for three
-- more minutes.
-- In Nacos: DistroLoadDataTask applies a snapshot element by element (DistroClientDataProcessor#
-- handlerClientSyncData), ConnectionBasedClientManager#clientDisconnected keeps no tombstone, and a loaded
-- replica's lease starts anew (distro-protocol 7, 9.6.4).
-- --set cured=true gives what a snapshot brings a lease of three VERIFY rounds only
-- (distrosim.snapshotResetsLease = false): whose owner lives is renewed, the dead go after 20 s.
local bounds = require "bounds"

return scenario {
  params   = { cured = false, late = s(8) },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = { ["distrosim.snapshotResetsLease"] = not p.cured } }
  end,
  must_see = { "snapshot.served", "snapshot.loaded", "client.closed", "lease.expired" },

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
    eventually(s(2), function() return a:knows(leaving) end, "a lists the dead shop again")
    local earliest, latest = s(180) - ms(100), bounds.lease
    if p.cured then earliest, latest = s(15) - ms(100), s(15) + s(5) + ms(100) end
    local took = within(earliest, latest, function() return not a:knows(leaving) end, "a forgets it")
    measure("revived for", took)
    expect(w:all_know(staying), "the shop that stayed went with it")
  end,
}
