-- Question 7 of README.md, for 1.x clients: while the WAN is cut, living clients go unhealthy or vanish on their own side.
-- A 1.x client's beats belong to the server that hashes to it, which for half of them stands across the cut: they are forwarded
-- there and fail until the peers there are DOWN (the fourth failure) and others own their clients. By then the last beat is older
-- than 30 s: the new owner's first look takes it off every list of its own side at once, unhealthy or not; its next beat brings it back.
-- This is the page's derived behaviour (i); it shows in every run, and in none for clients of 2.x. Where a server that cannot
-- pass a beat on takes it itself (distrosim.writeIfForwardFails, profile hardened), no instance leaves a list.
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(30), services = 4, each = 5, cut_for = s(90) },
  topology = function(p) return stretched.topology(p.rtt) end,
  must_see = { "link.cut" },
  story = function(w, p)
    local east, west, users = stretched.fleets(w, p, "nacos-client-1")
    wait(between(s(30), s(36)))
    expect(w:converged(), "not settled")
    step "the WAN is cut"
    w:cut("east", "west")
    wait(p.cut_for)
    local gone = w:metrics { site = "east" }.flaps
    measure("entries of living clients that eastern caches lost and got back", gone)
    if setting "distrosim.writeIfForwardFails" then
      expect(gone == 0, "somebody blinked")
    else
      expect(gone > 0, "nobody blinked")
    end
    step "the sides have sorted themselves out, and both know their own"
    for _, node in ipairs(w:site "east") do expect(node:knows(east), node.name .. " lacks a client of its own side") end
    for _, node in ipairs(w:site "west") do expect(node:knows(west), node.name .. " lacks a client of its own side") end
    w:heal()
    eventually(s(90), function() return w:converged() end, "all agree after the heal")
  end,
}
