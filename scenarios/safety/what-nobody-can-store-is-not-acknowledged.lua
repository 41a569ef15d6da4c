-- While the owner of a heartbeat client is dead and not yet held for dead, its registration is refused
-- rather than lost.
-- The server that takes it passes it on to the owner in vain (500). Once the others hold the owner for DOWN, 12 s
-- after its death at most, one of them owns the client, and the next attempt succeeds. (Where the node that cannot pass
-- it on stores it itself, distrosim.writeIfForwardFails, it is acknowledged, and told to all who live.)
local bounds = require "bounds"

-- The first port whose client n owns.
local function port_of(n, ip)
  for port = 8000, 8999 do
    if n:owns(ip .. ":" .. port) then return port end
  end
  error "n owns nothing"
end

return scenario {
  topology = function()
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1" }
  end,
  must_see = function()
    return setting "distrosim.writeIfForwardFails" and { "node.crash", "write.forwarded", "owner.changed" }
           or { "node.crash", "write.forwarded", "write.refused", "owner.changed" }
  end,
  always   = { checks.no_lost_instances { grace = bounds.push() } },

  story = function(w)
    local a, b, c = w:nodes()
    wait(between(s(6), s(12)))
    step "c crashes; one of its clients registers"
    local ip = "10.200.0.1"
    local beater = w:client { name = "beater", server = a, ip = ip, port = port_of(c, ip) }
    w:crash(c)
    if setting "distrosim.writeIfForwardFails" then
      expect(beater:register { service = "shop" }, "a refused to store it itself")
      eventually(bounds.push(), function() return w:all_know(beater) end, "known to a and b")
      wait(s(40))
      expect(w:converged(), "the nodes drifted apart")
      return
    end
    expect(not beater:register { service = "shop" }, "acknowledged by a node that could not reach the owner")

    step "the others hold c for dead, and it registers again"
    wait(s(12))
    expect(beater:register { service = "shop" }, "refused though it has an owner again")
    eventually(bounds.push(), function() return w:all_know(beater) end, "known to a and b")
  end,
}
