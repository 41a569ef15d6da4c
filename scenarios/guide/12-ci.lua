-- Under churn, 99 of 100 changes are everywhere within 1.3 s.
-- The sync delay, 1 s, and a scan of the queue every 0.1 s. (So --set delay=2s is red.)
return scenario {
  params   = { delay = s(1), clients = 200 },
  topology = function(p)
    return { nodes = 3, lan = { rtt = ms(1) },
             settings = { ["nacos.core.protocol.distro.data.sync.delayMs"] = p.delay } }
  end,
  always   = { checks.no_lost_instances {}, checks.no_zombies {} },
  budget   = { ["convergence.p99"] = s(1.3), ["unavailable_writes"] = 0 },
  story = function(w, p)
    local fleet = w:fleet { name = "shops", clients = p.clients, services = 20, over = s(5) }
    wait(s(10))
    step "churn"
    fleet:churn { register = per_second(2), update = per_second(2), close = per_second(2), for_ = minutes(1) }
    wait(minutes(1))
    eventually(s(10), function() return w:converged() end, "all agree")
  end,
}
