-- When the VERIFYs of a round cost a peer more time than the lease allows, living clients vanish from it, again and
-- again.
-- One owner verifies `clients` every 5 s. A request costs its peer `cost` on one of 16 threads (one processor):
-- clients * cost / 16 is 25 s, five times the round. The peer's queue holds 16,384; what exceeds it is rejected, and
-- what is answered is always the same part of the round, since the owner walks its clients in one order. All others
-- are never renewed: 180 s after they came they leave the peer's list, though they live. A few seconds later VERIFY
-- brings some back (RemoteUtils, ConnectionBasedClientManager.ExpiredClientCleaner).
return scenario {
  params = { clients = 100000, services = 6000, cost = ms(4), fill = s(100), watched = s(200), queue = 16384 },
  topology = function(p)
    return {
      nodes = 2, lan = { rtt = us(500) },
      settings = { n2 = { ["nacos.common.processors"] = 1, ["remote.executor.queue.size"] = p.queue,
                          ["distrosim.requestCost"] = p.cost } },
    }
  end,
  must_see = { "lease.expired", "verify.failed" },
  story = function(w, p)
    local a, b = w:nodes()
    w:fleet { name = "fleet", clients = p.clients, services = p.services, server = a, over = p.fill }
    wait(p.fill + s(30))
    local known = b:count()
    measure("known to the peer at first", known)
    local least = known
    local watching = every(s(1), function() least = math.min(least, b:count()) end)
    wait(p.watched)
    watching:stop()
    measure("known to the peer at least", least)
    expect(a:count() == p.clients and known == p.clients, "not everybody was known, to begin with")
    expect(b:counters().leases_expired > 0, "nobody was dropped")
    -- A VERIFY that finds no place in the queue, or is not served before the next round, renews nothing.
    local kept = math.min(16 + p.queue, 16 * (s(5) / p.cost))
    expect(least <= kept, "the peer listed more than it had renewed")
    expect(least > kept * 0.9, "the peer dropped some whom it had renewed")
  end,
}
