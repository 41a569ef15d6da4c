-- API.md 8: every event of the vocabulary occurs, and must_see knows it.
return scenario { topology = { sites = { e = 3, x = 1 }, wan = { rtt = ms(20), loss = percent(5) } , clients = "nacos-client-1" },
 must_see = { "node.boot", "node.loaded", "node.ready", "node.crash", "node.stop", "node.pause", "node.resume", "node.slow", "node.clock", "node.join", "node.leave",
 "member.added", "member.removed", "member.up", "member.suspicious", "member.down", "rpc.connected", "rpc.lost", "owner.changed",
 "link.cut", "link.heal", "link.degraded", "link.clog", "message.lost", "message.delayed", "message.refused", "message.duplicated", "message.timeout", "message.reply_lost",
 "sync.queued", "sync.merged", "sync.sent", "sync.acked", "sync.failed", "sync.retried", "sync.dropped", "sync.applied", "sync.deleted",
 "verify.sent", "verify.ok", "verify.mismatch", "verify.failed", "verify.repair",
 "snapshot.requested", "snapshot.served", "snapshot.loaded", "snapshot.failed", "write.forwarded", "write.refused", "lease.expired", "beat.late", "beat.recovered", "beat.expired",
 "client.connected", "client.closed", "client.killed", "client.ejected", "client.switched", "client.redo", "client.registered", "client.updated", "client.deregistered", "client.failed" },
 story = function(w)
  local a,b,c,d = w:nodes()
  local g = w:fleet { name = "g", kind = "nacos-client-2", clients = 30, services = 3 }
  local h = w:fleet { name = "h", clients = 30, services = 3 }
  wait(s(20))
  w:intercept { op = "CHANGE", action = "drop", nth = {1,2,3}, to = b } w:intercept { op = "CHANGE", action = "delay", by = s(2), to = c } w:intercept { op = "CHANGE", action = "duplicate", to = c, nth = 2 } w:intercept { op = "CHANGE", action = "drop_reply", nth = 3, to = c }
  g:churn { register = per_second(1), update = per_second(2), close = per_second(1), kill = per_second(1), deregister = per_second(1), for_ = minutes(4) }
  h:churn { register = per_second(1), update = per_second(2), close = per_second(1), kill = per_second(1), deregister = per_second(1), for_ = minutes(4) }
  w:pause(a, s(20)) wait(s(30)) w:slow(a, 2, s(5)) w:clock(b, { step = s(1) })
  w:clog(a, b, s(3)) wait(s(5)) w:link(a, d, { rtt = s(1) }) wait(s(5)) w:heal()
  w:cut(a, b) wait(s(40)) w:heal() wait(s(20))
  w:crash(c) wait(s(30))
  local pp = pcall(w.cut, w, a, c)
  w:cut(a, c) w:restart(c) wait(s(40)) w:heal() wait(s(40))
  local j = w:join("j", { site = "e" }) wait(s(20)) w:leave(j) w:stop(d) wait(s(200)) w:restart(d) wait(s(40))
 end }
