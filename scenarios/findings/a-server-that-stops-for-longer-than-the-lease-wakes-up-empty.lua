-- A server that freezes for more than three minutes (a long garbage collection, a moved virtual machine)
-- drops every instance that it did not register itself the moment it goes on, and answers empty lists.
-- In Nacos: leases are reckoned by System#currentTimeMillis, and what runs first after the stop is
-- ConnectionBasedClientManager.ExpiredClientCleaner: all replicas are older than 180 s, before any VERIFY can
-- renew one (incident NDB-09, nacos#8090). VERIFY brings them back, once the others have connected again and
-- hold the server for UP. A clock that is set forward does the same. --set stopped_for=120s is short enough; --set
-- cured=true counts the time that the process has run (distrosim.livedClock).
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { stopped_for = s(200), shops = 20, cured = false },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = p.cured and { ["distrosim.livedClock"] = true } or {} }
  end,
  must_see = { "node.pause", "node.resume", "verify.repair" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "shops on a and c are known everywhere"
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { a, c } })
    eventually(bounds.push(), function() return w:all_know(open) end, "all shops known everywhere")
    local extra = w:client { name = "extra", server = a }
    wait(between(s(6), s(12)))

    step "b stops"
    local empty = watch(function() return #b:stored "shop" == 0 end)
    w:pause(b, p.stopped_for)
    wait(between(s(20), s(30)))
    expect(extra:register { service = "other" }, "a refused it: the others are well")
    wait_until(now() + p.stopped_for - s(25))

    step "b goes on"
    eventually(bounds.after_heal(p.stopped_for, 3) + s(10), function() return w:converged() end, "all agree")
    if p.stopped_for < bounds.lease_earliest or setting "distrosim.livedClock" then
      expect(not empty:first(), "b dropped living clients")
      return
    end
    expect(empty:first(), "b never answered an empty list")
    expect(b:counters().leases_expired >= p.shops, "some leases had not run out")
    local span = empty:spans()[1]
    measure("b answers empty lists for", span.to - span.from)
  end,
}
