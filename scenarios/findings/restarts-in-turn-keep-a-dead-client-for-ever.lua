-- As long as servers restart often enough, one every two minutes, a client that died with its server stays
-- listed: ten minutes here, for ever in principle.
-- In Nacos: a loaded replica is a new ConnectionBasedClient whose lastRenewTime is now, so each node that
-- loads the dead client from another gives it 180 s more, and hands it on before they are over
-- (DistroLoadDataTask, PROTOCOL.md 9.3).
-- --set cured=true (distrosim.snapshotResetsLease = false): gone when the first leases end.
local bounds = require "bounds"

return scenario {
  params   = { cured = false, every = s(120), restarts = 5 },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = p.cured and { ["distrosim.snapshotResetsLease"] = false } or {} }
  end,
  must_see = { "node.crash", "client.killed", "snapshot.loaded", "lease.expired" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "a shop on c is known everywhere; c and the shop lose power"
    local shop = w:client { name = "shop-1", server = c }
    expect(shop:register { service = "shop" }, "c refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    wait(between(s(6), s(12)))
    w:crash(c)
    shop:kill()
    local died = now()

    step "a and b restart in turn, and load from each other"
    for i = 1, p.restarts do
      wait(p.every)
      w:restart(i % 2 == 1 and a or b)
    end
    eventually(s(31), function() return a:state().initialised and b:state().initialised end, "both have loaded")

    if not setting "distrosim.snapshotResetsLease" then
      expect(w:none_knows(shop), "a dead shop outlived its lease")
      return
    end
    expect(now() - died >= p.every * p.restarts, "not dead for long")
    expect(w:all_know(shop), "somebody forgot the dead shop")
    measure("listed though dead for", now() - died)

    step "the restarts end, and so does the dead shop"
    eventually(bounds.lease, function() return w:none_knows(shop) end, "forgotten when the last lease ends")
  end,
}
