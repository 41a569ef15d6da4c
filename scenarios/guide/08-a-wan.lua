-- Over a WAN a change is seen one way's delay later than in a LAN, and VERIFY sets the price.
-- 1.1 s and half a round trip. Each owner sends a digest of each of its clients to each peer every 5 s.
return scenario {
  params   = { from = "East Asia", to = "West Europe", clients = 100, quiet = minutes(1) },
  topology = function(p)
    return { sites = { a = 2, b = 2 }, rtt_from = rtt_table("azure_p50", { a = p.from, b = p.to }) }
  end,
  budget = { ["convergence.push.p99"] = s(1.5) },
  story = function(w, p)
    step "clients of both sites register"
    w:fleet { name = "shops", clients = p.clients, services = 20, sites = { a = 1, b = 1 }, over = s(10) }
    wait(s(30))
    expect(w:converged(), "not all is known everywhere")

    step "a quiet time"
    local before = w:metrics { from = "a", to = "b" }
    wait(p.quiet)
    local after = w:metrics { from = "a", to = "b" }
    measure("a to b, bytes a second", (after.bytes - before.bytes) / bytes(1) / (p.quiet / s(1)))
    measure("of them VERIFY", (after.by_class.verify.bytes - before.by_class.verify.bytes) / (after.bytes - before.bytes))
    measure("a change is known in b after, half of them", after.nodes.p50)
  end,
}
