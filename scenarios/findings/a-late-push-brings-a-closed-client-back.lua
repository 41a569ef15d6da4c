-- An instance that was taken down two seconds after it changed comes back on one node, and stays for three
-- minutes.
-- In Nacos: pushes of one client are separate calls, worked off by a pool of threads, so a CHANGE can be
-- applied after the DELETE that was sent later; DistroClientDataProcessor#processData creates the client anew,
-- since no tombstone is kept (PROTOCOL.md 9.6.3, 10). Its owner no longer has it, so no VERIFY corrects
-- it. --set cured=true remembers who has gone (distrosim.tombstoneMs = 190 s).
local bounds = require "bounds"

return scenario {
  params   = { late = s(2.5), cured = false },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = p.cured and { ["distrosim.tombstoneMs"] = s(190) } or {} }
  end,
  must_see = { "message.delayed", "client.closed", "sync.deleted" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "a shop on a is known everywhere"
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "a refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    wait(between(s(6), s(12)))

    step "it changes, and the push to b is slow; it closes"
    local slow = w:intercept { from = a, to = b, op = "CHANGE", action = "delay", by = p.late }
    expect(shop:update { service = "shop", weight = 2 }, "a refused the update")
    eventually(bounds.push(), function() return slow:seen() == 1 end, "the push to b is under way")
    wait(between(s(0), s(1)))
    shop:close()
    eventually(bounds.push(), function() return w:none_knows(shop) end, "gone everywhere, as it should be")

    step "the slow push arrives: b lists the dead shop again, and alone"
    if setting "distrosim.tombstoneMs" > s(0) then
      never(function() return b:knows(shop) end, "b lists the dead shop again")
      wait(p.late + s(10))
      return
    end
    eventually(p.late, function() return b:knows(shop) end, "b lists it again")
    expect(not a:knows(shop) and not c:knows(shop), "others list it, too")
    local took = within(s(180) - ms(100), bounds.lease, function() return w:none_knows(shop) end, "b's lease ends")
    expect(b:counters().leases_expired == 1, "it was not the lease that ended it")
    measure("revived for", took)
  end,
}
