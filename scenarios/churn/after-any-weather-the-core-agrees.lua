-- Whatever faults there were, five minutes after them those servers that are well again list just who is there, even if
-- others stay dead or cut off.
-- Faults are drawn as they were measured: software partitions (mostly a single node, median 2.7 min), and pauses of a
-- collector in trouble; servers crash, clients come and go. Then a core is healed and everything else left as it is.
-- The bound is the sum of Nacos' timers (sim/script/core.c): reconnect 13 s, a second load 31 s, holding the others
-- for dead 49 s, the lease of what they had brought 190 s, a push and its retry 12 s, an SDK's redo 18 s; and as much
-- as wall clocks were set back, by which leases last longer.
-- With heartbeat clients (--set kind=nacos-client-1) some seeds diverge: what an owner expires leaves the revision as
-- it was, so a node that learned it from a former owner is never put right (findings/
-- a-lost-change-of-health-is-never-repaired); with --profile hardened none does.
return scenario {
  params   = { nodes = 5, clients = 150, bad_for = minutes(6), kind = "nacos-client-2" },
  topology = function(p) return { nodes = p.nodes, lan = { rtt = ms(1) } } end,
  must_see = { "node.crash" },

  story = function(w, p)
    step "clients open, come and go"
    local shops = w:fleet { name = "shops", kind = p.kind, clients = p.clients, services = 20, over = s(5) }
    wait(s(10))
    shops:churn { register = per_second(1), close = per_second(0.5), kill = per_second(0.5), for_ = p.bad_for }
    step "the weather turns bad"
    w:chaos {
      for_ = p.bad_for, keep = 2, heal = "core",
      crash = per_minute(2), partition = per_minute(0.5), partitions = "software",
      pause = per_minute(1), pauses = "cms_concurrent_mode_failure",
    }
  end,
}
