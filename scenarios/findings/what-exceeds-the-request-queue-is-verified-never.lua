-- A server owns more clients than its peer has room for requests: those above lose their lease there after three
-- minutes, though alive, and stay missing. Always the same ones.
-- In Nacos: every five seconds an owner sends one VERIFY for each of its clients, all at once, in the same order
-- each time (DistroVerifyTimedTask). The peer's cluster executor (GlobalExecutor, RemoteUtils) has 16 threads for
-- each processor and 16384 places in its queue; what finds them taken is rejected, which the owner counts and
-- does not repair (DistroClientTransportAgent; incident NDB-29, nacos#12792, nacos#13382).
--   room       threads + queue: so many of a burst are served, however long that takes
--   the rest   clients - room, the last ones in the order: the lease ends 180 s after the push that brought them
-- The stock queue is as easily exceeded: --set queue=16384 --set processors=4 --set rest=20 (room for 16448).
-- Served is not soon: a burst of b requests takes b * cost / threads. A push that falls into a burst is rejected, too,
-- and comes again 3 s and a scan later.
local bounds = require "bounds"
local again = bounds.again()

return scenario {
  params   = { queue = 400, processors = 1, cost = us(800), rest = 3 },
  topology = function(p)
    return {
      nodes = 2,
      settings = {
        ["nacos.common.processors"]    = p.processors,
        ["remote.executor.queue.size"] = p.queue,
        ["distrosim.requestCost"]      = p.cost,
      },
    }
  end,
  must_see = function(p) return p.rest > 0 and { "message.refused", "lease.expired" } or { "verify.ok" } end,

  story = function(w, p)
    local a, b = w:nodes()
    local room = 16 * setting "nacos.common.processors" + p.queue
    local all = room + p.rest
    step "clients open on a, slowly enough for b to hear of each"
    local fill = s(1) * (all / 200)
    w:fleet { name = "shops", server = a, clients = all, services = 20, over = fill }
    wait(fill)
    eventually(bounds.push() + s(1) + again, function() return b:count() == all end, "b has heard of all")

    step "VERIFY after VERIFY"
    if p.rest == 0 then
      wait(bounds.lease)
      expect(b:count() == all, "b lost somebody for whom there was room")
      return
    end
    local took = within(bounds.lease_earliest - s(1) - again - p.rest * s(1) / 200, bounds.lease,
                        function() return b:count() < all end, "b drops one")
    wait(s(60)) -- no others, and none comes back
    expect(a:count() == all, "a lost one of its own")
    expect(b:count() == room, "b has not lost just those for whom there was no room")
    expect(b:state().threads.cluster.rejected >= p.rest * math.floor(s(180) / bounds.round()), "b rejected less than that")
    measure("first missing after", took)
  end,
}
