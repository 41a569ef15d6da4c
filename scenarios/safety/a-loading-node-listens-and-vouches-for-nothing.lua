-- A node that is still loading takes in what it is told, but verifies nothing and, if told to warm up, is
-- not ready.
-- Pushes are applied as they come, 1.2 s after the change, load or no load. A VERIFY would vouch for clients
-- that it may know only in part, so it sends none, not even for those that have just connected to it.
-- Readiness waits for the load if nacos.naming.data.warmup says so, and is looked at every 5 s.
-- Where a time-out counts as a failed report (hardened), one that was under way to a when it restarted makes it
-- SUSPICIOUS, and nothing is pushed to it until the next report, within 5 s.
local bounds = require "bounds"

return scenario {
  params   = { load_takes = s(18) },
  topology = function()
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = { ["nacos.naming.data.warmup"] = true } }
  end,
  must_see = { "snapshot.requested", "snapshot.loaded", "node.loaded", "node.ready", "verify.sent" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "a shop is open; a boots, and the answer to its snapshot request takes long"
    local old = w:client { name = "old", server = b }
    expect(old:register { service = "shop" }, "b refused it")
    wait(between(s(3), s(9)))
    local snapshot = w:intercept { from = a, op = "SNAPSHOT", action = "delay_reply", by = p.load_takes }
    w:restart(a)
    local loading = always(function()
      local state = a:state()
      return state.initialised or (not state.ready and a:counters().verify_sent == 0)
    end, "a is ready, or verifies, before it has loaded")
    local native = w:client { name = "native", server = a }
    eventually(s(1), function() return snapshot:seen() == 1 and native:server() == a end,
               "a asks for a snapshot, and a client connects to it")

    eventually(s(5) + ms(100), function() return c:state().members.n1 == "UP" end, "c holds a for UP")
    step "another shop opens meanwhile"
    local new = w:client { name = "new", server = c }
    expect(new:register { service = "shop" }, "c refused it")
    eventually(bounds.push(), function() return a:knows(new) end, "a lists the new shop")
    wait(s(6))
    expect(not a:state().initialised, "the load was not slow")
    expect(a:counters().verify_sent == 0, "a verifies before it has loaded")

    step "the snapshot arrives"
    eventually(p.load_takes, function() return a:state().initialised and w:converged() end,
               "a has loaded, and all agree")
    loading:stop()
    eventually(s(5) + ms(100), function() return a:state().ready and a:counters().verify_sent > 0 end,
               "a is ready, and verifies")
  end,
}
