-- A server crashes: its living clients are never missing on the others, and what died with it stays listed for 3 minutes.
-- A client registers again on another server within seconds. Of a client that died, only the dead server knew; the other
-- servers keep its record until the lease ends: 180 s after the last VERIFY, checked every 5 s.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "node.crash", "client.redo", "lease.expired" },
  always   = { checks.no_lost_instances { gap = s(0) } },
  story = function(w)
    local n1, n2, n3 = w:nodes()
    local living = w:client { name = "living", server = n1 }
    local doomed = w:client { name = "doomed", server = n1 }
    wait(s(5))
    living:register { service = "shop" }
    doomed:register { service = "shop" }
    eventually(s(5), function() return w:all_know { living, doomed } end, "both known everywhere")

    step "n1 crashes, and doomed dies with it"
    w:crash(n1)
    doomed:kill()
    local crashed = now()
    wait(s(10))
    log("living is at", living:server(), "and n3 lists", #n3:instances "shop")

    step "the lease ends"
    within(s(165), s(176), function() return w:none_knows(doomed) end, "doomed listed nowhere")
    measure("a dead client stays listed for", now() - crashed)
  end,
}
