-- One server takes 1.9 s to answer what the others forward to it. Nothing fails because of that, and yet heartbeat
-- clients that it does not own vanish from every list: all servers stall.
-- In Nacos: a beat comes to any server and is forwarded to its owner by the thread that serves it, which waits for
-- the answer, 2 s at most (DistroFilter; incident NDB-30, nacos#6967, nacos#8706). Of r beats a second at each of
-- three servers a third goes to the slow one, and holds r / 3 * 1.9 s threads: with 20,000 clients (r = 1333) and
-- Tomcat's 200 threads 844 would be needed. What comes then waits, also for those to whom the stalled servers forward.
-- Asynchronous forwarding (nacos#10158, merged and taken back) would cure it: --set cured=true. Scaled down ten
-- times; in full: --set scale=1.
local bounds = require "bounds"

return scenario {
  params   = { scale = 10, late = s(1.9), cured = false },
  topology = function(p)
    return {
      nodes = 3, clients = "nacos-client-1",
      settings = {
        ["server.tomcat.threads.max"]      = 200 // p.scale,
        ["server.tomcat.max-connections"]  = 8192 // p.scale,
        ["distrosim.httpCost"]             = ms(1),
        ["distrosim.forwardHoldsThread"]   = not p.cured,
      },
    }
  end,
  must_see = { "write.forwarded" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "heartbeat clients open, at any server"
    local shops = w:fleet { name = "shops", clients = 20000 // p.scale, services = 20, over = s(20) }
    wait(s(30))
    expect(w:all_know(shops), "somebody misses a client")
    local function waiting(n) return n:state().threads.http.queued end
    local calm = waiting(a) + waiting(b) + waiting(c)

    step "c answers what is forwarded to it late"
    w:intercept { to = c, op = "FORWARD", nth = "all", action = "delay_reply", by = p.late }
    wait(s(100))
    local expired = { a = a:counters().beats_expired, b = b:counters().beats_expired }
    measure("requests waiting at a before", calm)
    measure("requests waiting at a now", waiting(a))
    measure("instances of living clients that a and b took off the list", expired.a + expired.b)
    if p.cured then
      expect(waiting(a) + waiting(b) < 20, "requests wait")
      expect(expired.a + expired.b == 0, "a living client's instance was taken off the list")
    else
      expect(waiting(a) > 0 and waiting(b) > 0, "nobody waits for a thread")
      expect(expired.a > 0 and expired.b > 0, "everybody's beats came through")
    end
  end,
}
