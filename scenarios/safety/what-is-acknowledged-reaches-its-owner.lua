-- A heartbeat client whose registration is acknowledged is known everywhere soon, even if the node that took
-- it is wrong about who the owner is.
-- That node passes the write on, once. Who gets it and is not the owner refuses (400), and the client asks
-- the next server; if it accepted, it would hold a client that it does not own, and tell no other. (Where it does
-- accept, distrosim.refuseForwarded = false, it tells everybody, and the owner hears of it with the push.)
local bounds = require "bounds"

-- The first port for which the three of them own, as they see it, in this way.
local function port_owned(by, ip, want)
  for port = 8000, 8999 do
    local fits = true
    for i, n in ipairs(by) do fits = fits and n:owns(ip .. ":" .. port) == want[i] end
    if fits then return port end
  end
  error "no such port"
end

return scenario {
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = function()
    return setting "distrosim.refuseForwarded" and { "write.forwarded", "write.refused", "client.registered" }
           or { "write.forwarded", "client.registered" }
  end,
  always   = { checks.no_lost_instances { grace = s(8) }, checks.view_matches_store {} },

  story = function(w)
    local a, b, c = w:nodes()
    step "a's member list lacks c: what is c's, a takes for b's or its own"
    w:set_members(a, { a, b })
    wait(between(s(1), s(6)))

    step "a client of c's registers at a, which passes it on to b"
    local ip = "10.200.0.1"
    local port = port_owned({ a, b, c }, ip, { false, false, true })
    local beater = w:client { name = "beater", server = a, kind = "nacos-client-1", ip = ip, port = port }
    expect(beater:register { service = "shop" }, "no server took it")
    local untold = setting "distrosim.refuseForwarded" and s(0) or bounds.push()
    eventually(untold, function() return c:knows(beater) end, "acknowledged, and its owner knows it")
    eventually(s(5) + bounds.push(), function() return w:all_know(beater) end, "known everywhere")
    wait(s(40))
    expect(w:converged(), "the nodes drifted apart")
  end,
}
